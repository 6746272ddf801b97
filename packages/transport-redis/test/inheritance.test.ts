import { afterEach, describe, expect, it } from '@jest/globals'
import type { Channel, Connection, ConnectOptions, Delivery } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { Server } from './server.js'
import { closeAll, collect, texts, toQueue, until } from './support.js'

/** Short, so that what nobody renews is soon another's. */
const LEASE = 0.4

describe('a connection takes over what an earlier one of its holder held', () => {
  const connections: Connection[] = []
  let server: Server
  afterEach(async () => {
    await closeAll(connections.splice(0))
    await server.dispose()
  })

  async function connect(options: ConnectOptions = {}): Promise<Channel> {
    const connection = await redis().connect(server.url, { lease: LEASE, ...options })
    connections.push(connection)
    return connection.openChannel()
  }

  async function onServer<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(server.url, { protocol: 2 })
    try {
      return await work(client)
    } finally {
      client.disconnect()
    }
  }

  /** Two messages held, the first of them begun; then the server ends the connection. */
  async function holdAndCut(): Promise<void> {
    const channel = await connect({ holder: 'worker', name: 'cut' })
    await channel.publish([toQueue('q', 'begun'), toQueue('q', 'late')])
    const held = await collect(channel, ['q'])
    await until('both', () => held.deliveries.length === 2)
    await channel.settle([{ tag: held.deliveries[0]?.tag ?? -1, kind: 'start' }])
    const [cut] = connections.splice(0)
    await onServer(client => client.call('CLIENT', 'KILL', 'TYPE', 'normal'))
    expect(await cut?.closed).toBeInstanceOf(Error)
  }

  it('marked, in their order, and nobody else gets them', async () => {
    server = await Server.start()
    await holdAndCut()
    const channel = await connect({ holder: 'worker' })
    const heir = await collect(channel, ['q'])
    await until('both', () => heir.deliveries.length === 2)
    expect(heir.deliveries.map(mark)).toEqual([
      ['begun', true, true],
      ['late', true, false]
    ])
    const other = await connect()
    const others = await collect(other, ['q'])
    await until('somebody looked for ended leases', await longer(other))
    expect([others.deliveries, heir.lost]).toEqual([[], []])
    await channel.settle(heir.deliveries.map(({ tag }) => ({ tag, kind: 'ack' })))
    expect(await onServer(client => client.exists('unacked', 'unacked_index', 'umbel.started', 'q'))).toBe(0)
  })

  it('though it asks for nothing yet: leases go on, and what it never asked for goes back when it closes', async () => {
    server = await Server.start()
    await holdAndCut()
    await connect({ holder: 'worker' })
    const other = await connect()
    const others = await collect(other, ['q'])
    await until('somebody looked for ended leases', await longer(other))
    expect(others.deliveries).toEqual([])
    await connections[0]?.close()
    await until('both', () => others.deliveries.length === 2)
    expect(Object.fromEntries(others.deliveries.map(each => [mark(each)[0], mark(each).slice(1)]))).toEqual({
      begun: [true, true],
      late: [true, false]
    })
  })

  it('not from another holder, nor where none is named', async () => {
    server = await Server.start()
    await holdAndCut()
    const next = await connect({ holder: 'worker2' })
    await connect()
    const before = await onServer(client => client.zrange('unacked_index', '0', '-1'))
    expect(before.map(field => field.split('/')[0])).toEqual(['umbel:worker'])
    const collected = await collect(next, ['q'])
    await until('both, as their leases ended', () => collected.deliveries.length === 2)
  })

  it('when the server was away for longer than a lease, too: who comes first does not take them', async () => {
    server = await Server.start(['--appendonly', 'yes', '--appendfsync', 'always'])
    const channel = await connect({ holder: 'worker' })
    await channel.publish([toQueue('q', 'long work')])
    const held = await collect(channel, ['q'])
    await until('taken', () => held.deliveries.length === 1)
    await server.kill()
    const since = performance.now()
    await until('the lease is over', () => performance.now() - since > LEASE * 1000)
    await server.start()
    connections.length = 0
    const others = await collect(await connect({ lease: 2 }), ['q'])
    const heir = await collect(await connect({ holder: 'worker' }), ['q'])
    await until('it is back', () => heir.deliveries.length === 1)
    expect(others.deliveries).toEqual([])
    expect(texts(heir)).toEqual(['long work'])
  })

  it('what was begun by a holder that never comes back is told to ours alone: Python finds nothing to restore', async () => {
    server = await Server.start()
    await holdAndCut()
    const found = async (key: string): Promise<number> => onServer(client => client.llen(key))
    const looker = await connect()
    await collect(looker, ['elsewhere'])
    await until('both are back', async () => (await found('umbel.lost.q')) === 1 && (await found('q')) === 1)
    expect(await onServer(client => client.exists('unacked', 'unacked_index', 'umbel.started'))).toBe(0)
    const collected = await collect(looker, ['q'])
    await until('both', () => collected.deliveries.length === 2)
    expect(collected.deliveries.map(mark)).toEqual([
      ['begun', true, true],
      ['late', true, false]
    ])
  })
})

function mark({ message, redelivered, started = false }: Delivery): readonly [string, boolean, boolean] {
  return [Buffer.from(message.body).toString(), redelivered, started]
}

/** A condition that holds when ended leases were looked for several times, by the channel's connection. */
async function longer(channel: Channel): Promise<() => Promise<boolean>> {
  const end = performance.now() + LEASE * 4 * 1000
  return async () => (await channel.stat(['q']), performance.now() > end)
}
