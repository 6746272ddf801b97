import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type Connection, ConnectionError } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { type FreshBroker, freshBroker } from './fresh-broker.js'
import { closeAll, collect, texts, toQueue, until } from './support.js'

describe('what a dead consumer held', () => {
  let broker: FreshBroker
  const connections: Connection[] = []
  const key = (name: string): string => `${broker.prefix}${name}`
  beforeAll(async () => {
    broker = await freshBroker()
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    const keys = await broker.client.keys(`${broker.prefix}*`)
    if (keys.length > 0) await broker.client.del(...keys)
  })
  afterAll(() => broker.teardown())

  async function connect(options: Readonly<Record<string, unknown>> = {}, lease = 0.3): Promise<Connection> {
    const name = `restoring-${broker.prefix}`
    const transportOptions = { ...broker.options, ...options }
    const connection = await redis().connect(broker.url, { lease, name, transportOptions })
    connections.push(connection)
    return connection
  }

  /** As of a process that is gone: nobody says farewell. */
  async function sever(connection: Connection): Promise<void> {
    const clients = String(await broker.client.client('LIST')).split('\n')
    for (const line of clients.filter(each => each.includes(`name=restoring-${broker.prefix}`)))
      await broker.client.client('KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '')
    expect(await connection.closed).toBeInstanceOf(ConnectionError)
  }

  it('comes back whole and in the order in which it was sent, renewed or not, more than fits into one script', async () => {
    const sent = Array.from({ length: 1200 }, (_each, index) => `message ${index}`)
    const connection = await connect()
    const channel = await connection.openChannel()
    await channel.publish(sent.map(text => toQueue('q', text)))
    const held = await collect(channel, ['q'])
    await until('all are held', () => held.deliveries.length === sent.length)
    const scores = async (): Promise<ReadonlySet<unknown>> =>
      new Set((await broker.client.zrange(key('unacked_index'), '0', '-1', 'WITHSCORES')).filter((_each, at) => at % 2))
    await until('all are renewed at once', async () => (await scores()).size === 1)
    await sever(connection)
    const heir = await (await connect()).openChannel()
    const after = await collect(heir, ['another'])
    await until('all are back', async () => (await broker.client.llen(key('q'))) === sent.length)
    expect(after.deliveries).toEqual([])
    const next = await collect(heir, ['q'], { ack: true })
    await until('all are delivered', () => next.deliveries.length === sent.length)
    expect(texts(next)).toEqual(sent)
    expect(next.deliveries.every(({ redelivered }) => redelivered)).toBe(true)
  })

  it('goes back to each queue that its address leads to, where Python did not say which; what nobody can read stays', async () => {
    const channel = await (await connect({ visibility_timeout: 10 })).openChannel()
    await channel.declare({
      exchanges: [{ name: 'news', type: 'topic' }],
      bindings: [
        { exchange: 'news', queue: 'all', routingKey: '#' },
        { exchange: 'news', queue: 'sport', routingKey: 'sport.*' },
        { exchange: 'news', queue: 'weather', routingKey: 'weather.*' }
      ]
    })
    await channel.publish([{ ...toQueue('', 'goal'), exchange: 'news', routingKey: 'sport.football' }])
    const [envelope = ''] = await broker.client.lrange(key('all'), '0', '-1')
    await broker.client.del(key('all'), key('sport'))
    await broker.client.hset(key('unacked'), 'tag', `[${envelope}, "news", "sport.football"]`, 'odd', 'not JSON')
    await broker.client.zadd(key('unacked_index'), Date.now() / 1000 - 60, 'tag', Date.now() / 1000 - 60, 'odd')
    await collect(channel, ['elsewhere'])
    await until('it is back', async () => (await broker.client.llen(key('sport'))) === 1)
    expect(await broker.client.llen(key('all'))).toBe(1)
    expect(await broker.client.llen(key('weather'))).toBe(0)
    expect(await broker.client.zrange(key('unacked_index'), '0', '-1')).toEqual(['odd'])
  })

  it('is not its own any more: in a batch of acks only that is told as lost, whether others were begun or not', async () => {
    const channel = await (await connect({}, 6)).openChannel()
    const names = ['plain', 'begun', 'taken away', 'begun and taken away', 'last']
    await channel.publish(names.map(name => toQueue('q', name)))
    const held = await collect(channel, ['q'])
    await until('all are held', () => held.deliveries.length === names.length)
    const tags = held.deliveries.map(({ tag }) => tag)
    await channel.settle([1, 3].map(place => ({ tag: tags[place] ?? -1, kind: 'start' })))
    for (const hash of ['unacked', 'umbel.started']) {
      const fields = await broker.client.hgetall(key(hash))
      for (const [field, value] of Object.entries(fields)) {
        if (!isOf(value, 'taken away')) continue
        await broker.client.hdel(key(hash), field)
        await broker.client.zrem(key(hash === 'unacked' ? 'unacked_index' : 'umbel.started_index'), field)
      }
    }
    expect(await channel.settle(tags.map(tag => ({ tag, kind: 'ack' })))).toEqual(names.map(() => undefined))
    expect(held.lost).toEqual([tags[2], tags[3]])
    expect((await channel.stat(['q']))[0]).toMatchObject({ ready: 0, unacked: 0 })
    const left = ['unacked', 'unacked_index', 'umbel.started', 'umbel.started_index'].map(key)
    expect(await broker.client.exists(...left)).toBe(0)
  })
})

/** Is it the end of the message that the field holds? */
function isOf(value: string, text: string): boolean {
  const { body } = (JSON.parse(value) as [{ body: string }])[0]
  return Buffer.from(body, 'base64').toString().endsWith(text)
}
