import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Channel, Connection } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { type FreshBroker, freshBroker } from './fresh-broker.js'
import { closeAll, collect, message, texts, toQueue, until } from './support.js'

interface Vectors {
  readonly priorities: Readonly<Record<string, number>>
  readonly bindings: Readonly<Record<string, readonly string[]>>
  readonly envelope: string
  readonly held: { readonly unacked: Readonly<Record<string, string>>; readonly unacked_index: readonly string[] }
  readonly channels: readonly string[]
}

/** What kombu 5.7 wrote: test/vectors/record.py */
const kombu = JSON.parse(readFileSync(new URL('../../test/vectors/kombu.json', import.meta.url), 'utf8')) as Vectors

describe('what lies in Redis is what kombu writes', () => {
  let broker: FreshBroker
  const connections: Connection[] = []
  beforeAll(async () => {
    broker = await freshBroker()
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    const keys = await broker.client.keys(`${broker.prefix}*`)
    if (keys.length > 0) await broker.client.del(...keys)
  })
  afterAll(() => broker.teardown())

  async function open(options: Readonly<Record<string, unknown>> = {}, lease = 6): Promise<Channel> {
    const connection = await redis().connect(broker.url, { lease, transportOptions: { ...broker.options, ...options } })
    connections.push(connection)
    return connection.openChannel()
  }

  it('[Q-24] a list per queue and priority step, numbers rounded down, the bytes 6 and 22 before the step', async () => {
    const channel = await open()
    const priorities = [0, 2, 3, 5, 6, 8, 9, 12, -1, undefined]
    await channel.publish(priorities.map(priority => toQueue('q', 'x', priority === undefined ? {} : { priority })))
    for (const [list, length] of Object.entries(kombu.priorities))
      expect([list, await broker.client.llen(`${broker.prefix}${list}`)]).toEqual([list, length])
    const names = ['q', ...[3, 6, 9].map(step => `q${String.fromCharCode(6, 22)}${step}`)]
    expect((await broker.client.keys(`${broker.prefix}q*`)).sort()).toEqual(
      names.map(name => `${broker.prefix}${name}`)
    )
  })

  it('[TR-12] bindings in sets, topics with kombu’s regular expression', async () => {
    const channel = await open()
    const topics = ['a.*', 'a.#', '#', 'a-b.c_d', 'a.b']
    await channel.declare({
      exchanges: [
        { name: 't', type: 'topic' },
        { name: 'd', type: 'direct' },
        { name: 'f', type: 'fanout' }
      ],
      bindings: [
        ...topics.map(routingKey => ({ exchange: 't', queue: 'topics', routingKey })),
        { exchange: 'd', queue: 'directs', routingKey: 'key' },
        { exchange: 'f', queue: 'fans' }
      ]
    })
    for (const [key, members] of Object.entries(kombu.bindings)) {
      const written = await broker.client.smembers(`${broker.prefix}${key}`)
      expect([key, [...written].sort()]).toEqual([key, [...members].sort()])
    }
  })

  it('the envelope to the byte, but for its tag', async () => {
    const channel = await open()
    const properties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: 'c1',
      replyTo: 'r1',
      deliveryMode: 2,
      priority: 0
    } as const
    const body = new TextEncoder().encode('{"n": 1}')
    const id = kombu.held.unacked_index[0] ?? ''
    const headers = { id: 'x', list: [1, null, 'ü'] }
    await channel.publish([{ exchange: '', routingKey: 'q', id, message: { headers, properties, body } }])
    const [text = ''] = await broker.client.lrange(`${broker.prefix}q`, '0', '-1')
    const order = JSON.parse(kombu.envelope) as unknown
    expect(JSON.parse(text)).toEqual({
      ...(order as object),
      properties: expect.objectContaining({ delivery_tag: expect.any(String) })
    })
    expect(text.replace(/"delivery_tag": "[^"]*"/, '')).toBe(kombu.envelope.replace(/"delivery_tag": "[^"]*"/, ''))
  })

  it('[TR-09] what is taken lies in unacked as kombu would have put it there, under a field of ours', async () => {
    const channel = await open()
    await broker.client.lpush(`${broker.prefix}q`, kombu.envelope)
    const { deliveries } = await collect(channel, ['q'])
    await until('delivered', () => deliveries.length === 1)
    const held = await broker.client.hgetall(`${broker.prefix}unacked`)
    expect(Object.values(held)).toEqual(Object.values(kombu.held.unacked))
    expect(await broker.client.zrange(`${broker.prefix}unacked_index`, '0', '-1')).toEqual(Object.keys(held))
    expect(Object.keys(held)[0]).toMatch(/^umbel:/)
    await channel.settle([{ tag: deliveries[0]?.tag ?? -1, kind: 'ack' }])
    expect(await broker.client.exists(`${broker.prefix}unacked`, `${broker.prefix}unacked_index`)).toBe(0)
  })

  it('[TR-12] broadcasts go to the channels that kombu listens to: number of the database, exchange, routing key', async () => {
    const channel = await open({ global_keyprefix: '' })
    const listener = new Redis(broker.url, { protocol: 2 })
    const heard: string[] = []
    listener.on('pmessage', (_pattern: string, name: string) => heard.push(name))
    await listener.psubscribe('*-umbelwire*')
    const sent = [
      ['celery.pidbox-umbelwire', ''],
      ['celeryev-umbelwire', 'worker.online']
    ] as const
    await channel.declare({ exchanges: sent.map(([name]) => ({ name, type: 'fanout' })) })
    await channel.publish(sent.map(([exchange, routingKey]) => ({ exchange, routingKey, message: message('{}') })))
    await until('both heard', () => heard.length === 2)
    await broker.client.hdel('umbel.exchanges', ...sent.map(([name]) => name))
    await listener.quit()
    const expected = kombu.channels.map(name =>
      name.replace('/5.', '/8.').replace('celeryev', 'celeryev-umbelwire').replace('pidbox', 'pidbox-umbelwire')
    )
    expect(heard).toEqual(expected)
  })

  it('[TR-11][Q-21] the prefix is put in front as it is, and `sep` between a queue and its step', async () => {
    const channel = await open({ global_keyprefix: `${broker.prefix}pre:`, sep: ':' })
    await channel.publish([toQueue('q', 'x', { priority: 4 })])
    expect(await broker.client.keys(`${broker.prefix}pre:*`)).toEqual([`${broker.prefix}pre:q:3`])
  })

  it('[TR-11][Q-21] priority_steps decide how many lists there are', async () => {
    const channel = await open({ priority_steps: [0, 5] })
    await channel.publish([toQueue('q', 'late', { priority: 7 }), toQueue('q', 'early', { priority: 4 })])
    expect(await broker.client.llen(`${broker.prefix}q\u0006\u00165`)).toBe(1)
    const collected = await collect(channel, ['q'], { ack: true })
    await until('both', () => collected.deliveries.length === 2)
    expect(texts(collected)).toEqual(['early', 'late'])
  })

  it('what Python holds goes back after its visibility timeout alone', async () => {
    const tag = kombu.held.unacked_index[0] ?? ''
    const seconds = Date.now() / 1000
    await broker.client.hset(
      `${broker.prefix}unacked`,
      tag,
      kombu.held.unacked[tag] ?? '',
      'young',
      kombu.held.unacked[tag] ?? ''
    )
    await broker.client.zadd(`${broker.prefix}unacked_index`, seconds - 100, tag, seconds - 50, 'young')
    const collected = await collect(await open({ visibility_timeout: 75 }, 0.2), ['q'], { ack: true })
    await until('the old one', () => collected.deliveries.length > 0)
    expect(
      collected.deliveries.map(({ redelivered, message: { headers } }) => [redelivered, headers['redelivered']])
    ).toEqual([[true, true]])
    expect(await broker.client.zrange(`${broker.prefix}unacked_index`, '0', '-1')).toEqual(['young'])
  })

  it('a message with an eta goes out as Celery sends it, unless somebody of ours lives who moves it', async () => {
    const channel = await open()
    const notBefore = Date.now() + 60_000
    const headers = { eta: new Date(notBefore).toISOString() }
    await channel.publish([{ ...toQueue('q', 'x', { headers }), notBefore }])
    expect(await broker.client.llen(`${broker.prefix}q`)).toBe(1)
    await collect(channel, ['elsewhere'])
    await until('the mover', async () => (await broker.client.exists(`${broker.prefix}umbel.mover`)) === 1)
    await channel.publish([{ ...toQueue('q', 'x', { headers }), notBefore }])
    expect(await broker.client.llen(`${broker.prefix}q`)).toBe(1)
    expect(await channel.stat(['q'])).toMatchObject([{ ready: 1, delayed: 1 }])
  })
})
