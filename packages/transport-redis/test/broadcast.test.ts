import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Channel, Connection } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { type FreshBroker, freshBroker } from './fresh-broker.js'
import { closeAll, collect, message, texts, until } from './support.js'

describe('broadcasts', () => {
  let broker: FreshBroker
  let listener: Redis
  const heard: string[] = []
  const connections: Connection[] = []
  beforeAll(async () => {
    broker = await freshBroker()
    listener = new Redis(broker.url, { protocol: 2 })
    listener.on('pmessage', (_pattern: string, channel: string) => heard.push(channel.replace(broker.prefix, '')))
    await listener.psubscribe(`${broker.prefix}*`)
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    heard.length = 0
  })
  afterAll(async () => {
    await listener.quit()
    await broker.teardown()
  })

  async function open(options: Readonly<Record<string, unknown>> = {}, url = broker.url): Promise<Channel> {
    const connection = await redis().connect(url, { transportOptions: { ...broker.options, ...options } })
    connections.push(connection)
    return connection.openChannel()
  }

  async function send(channel: Channel, text = '{}'): Promise<void> {
    await channel.declare({ exchanges: [{ name: 'news', type: 'fanout' }] })
    await channel.publish([{ exchange: 'news', routingKey: 'a.b', message: message(text) }])
  }

  async function listen(channel: Channel, queue: string) {
    await channel.declare({
      exchanges: [{ name: 'news', type: 'fanout' }],
      queues: [{ name: queue }],
      bindings: [{ exchange: 'news', queue }]
    })
    return collect(channel, [queue], { ack: true })
  }

  it.each([
    ['by default', {}, '/8.news/a.b'],
    ['fanout_prefix and fanout_patterns true', { fanout_prefix: true, fanout_patterns: true }, '/8.news/a.b'],
    ['fanout_prefix false', { fanout_prefix: false }, 'news/a.b'],
    ['a fanout_prefix of one’s own', { fanout_prefix: '/x{db}.' }, '/x8.news/a.b'],
    ['fanout_patterns false', { fanout_patterns: false }, '/8.news']
  ])('[TR-12] go to the channel that the options say: %s', async (_title, options, channel) => {
    await send(await open(options))
    await until('it is heard', () => heard.length === 1)
    expect(heard).toEqual([channel])
  })

  it('[TR-12][TR-08] reach every queue that is bound, of this database alone: pub/sub knows no databases', async () => {
    const [one, two, elsewhere] = [
      await listen(await open(), 'one'),
      await listen(await open(), 'two'),
      await listen(await open({}, broker.url.replace(/8$/, '9')), 'one')
    ]
    await send(await open(), 'here')
    await until('both have it', () => one.deliveries.length === 1 && two.deliveries.length === 1)
    await send(await open({}, broker.url.replace(/8$/, '9')), 'there')
    await until('the other has its own', () => elsewhere.deliveries.length === 1)
    expect([texts(one), texts(two), texts(elsewhere)]).toEqual([['here'], ['here'], ['there']])
    const other = new Redis(broker.url.replace(/8$/, '9'), { protocol: 2 })
    await other.del(...(await other.keys(`${broker.prefix}*`)))
    await other.quit()
  })

  it('[TR-12] the binding of a queue is in the set of its exchange, as kombu writes it', async () => {
    await listen(await open(), 'one')
    const members = await broker.client.smembers(`${broker.prefix}_kombu.binding.news`)
    expect(members).toContain(['', '', 'one'].join('\u0006\u0016'))
  })
})
