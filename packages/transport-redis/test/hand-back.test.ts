import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Channel, Connection } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { Server } from './server.js'
import { closeAll, collect, toQueue, until } from './support.js'

describe('when the last of ours leaves, what is delayed', () => {
  let server: Server
  const connections: Connection[] = []
  const others: Redis[] = []
  beforeAll(async () => {
    server = await Server.start()
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    await asked(client => client.flushall())
    for (const client of others.splice(0)) client.disconnect()
  })
  afterAll(() => server.dispose())

  async function asked<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(server.url, { protocol: 2 })
    try {
      return await work(client)
    } finally {
      client.disconnect()
    }
  }

  /** A consumer, known as one that moves. */
  async function consume(): Promise<{ readonly connection: Connection; readonly channel: Channel }> {
    const connection = await redis().connect(server.url)
    connections.push(connection)
    const channel = await connection.openChannel()
    const before = await asked(client => client.zcard('umbel.movers'))
    await collect(channel, ['elsewhere'])
    await until('it moves', async () => (await asked(client => client.zcard('umbel.movers'))) > before)
    return { connection, channel }
  }

  /** Waits as kombu's consumers do. */
  async function kombu(): Promise<void> {
    const client = new Redis(server.url, { protocol: 2 })
    others.push(client)
    client.brpop('another queue', 0).catch(() => undefined)
    await until('it waits', async () => String(await asked(each => each.client('LIST'))).includes('cmd=brpop'))
  }

  async function delay(channel: Channel, count: number): Promise<void> {
    const notBefore = Date.now() + 60_000
    const headers = { eta: new Date(notBefore).toISOString() }
    const batch = Array.from({ length: count }, (_, index) => ({
      ...toQueue('q', String(index), { headers, priority: index % 2 === 0 ? 0 : 6 }),
      notBefore: notBefore + index
    }))
    expect(new Set(await channel.publish(batch))).toEqual(new Set([undefined]))
  }

  const counts = (): Promise<readonly number[]> =>
    asked(async client => [
      await client.llen('q'),
      await client.llen('q\u0006\u00166'),
      await client.zcard('umbel.delayed.q')
    ])

  it('goes to Python as Celery would have sent it, each to the list of its step', async () => {
    const { channel, connection } = await consume()
    await kombu()
    await delay(channel, 2500)
    await channel.publish([{ ...toQueue('q', 'says no time'), notBefore: Date.now() + 60_000 }])
    expect(await counts()).toEqual([0, 0, 2501])
    await connection.close()
    expect(await counts()).toEqual([1250, 1250, 1])
    expect(await asked(client => client.exists('umbel.mover', 'umbel.movers'))).toBe(0)
  })

  it('stays where nobody but ours ever consumes', async () => {
    const { channel, connection } = await consume()
    await delay(channel, 3)
    await connection.close()
    expect(await counts()).toEqual([0, 0, 3])
  })

  it('stays as long as another of ours moves it, and goes with that one', async () => {
    const [first, second] = [await consume(), await consume()]
    await kombu()
    await delay(first.channel, 2)
    await first.connection.close()
    expect(await counts()).toEqual([0, 0, 2])
    expect(await asked(client => client.exists('umbel.mover'))).toBe(1)
    await second.connection.close()
    expect(await counts()).toEqual([1, 1, 0])
  })

  it('is taken to Python by a client that closes, if a worker was killed before', async () => {
    const { channel } = await consume()
    await delay(channel, 2)
    await kombu()
    await asked(client => client.del('umbel.mover', 'umbel.movers'))
    const client = await redis().connect(server.url)
    await client.close()
    expect(await counts()).toEqual([1, 1, 0])
  })
})
