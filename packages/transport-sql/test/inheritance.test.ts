import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { temporaryFolder, until } from '@umbel/test-kit'
import { createTestDatabase, describePostgres } from '@umbel/test-kit/postgres'
import type { Channel, Connection, ConnectOptions, Delivery, Outgoing } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'

/** Seconds. Short, so that what nobody renews is soon another's. */
const LEASE = 0.6

interface Place {
  readonly url: string
  dispose(): Promise<void>
}

async function onSqlite(): Promise<Place> {
  const folder = temporaryFolder()
  return { url: `sqlite://${join(folder.path, 'umbel.db')}`, dispose: async () => folder.dispose() }
}

describe('SQLite', () => {
  describeInheritance(onSqlite)
})

describePostgres('PostgreSQL', () => {
  const place = describeInheritance(createTestDatabase)

  it('gives nobody up to who has just connected: the server may have been away for all', async () => {
    await place.holdAndCut()
    const watcher = await place.connect({ lease: 2 })
    const others = await collect(watcher)
    const end = performance.now() + LEASE * 1000
    await until(async () => (await watcher.stat(['work']), performance.now() > end))
    expect(others).toEqual([])
    const heir = await collect(await place.connect({ holder: 'worker' }))
    await until(() => heir.length === 2)
  })
})

interface Rig {
  connect(options?: ConnectOptions): Promise<Channel>
  holdAndCut(): Promise<void>
}

/** What a connection takes over of an earlier one of its holder. */
function describeInheritance(create: () => Promise<Place>): Rig {
  const connections: Connection[] = []
  let place: Place

  beforeEach(async () => {
    place = await create()
  })
  afterEach(async () => {
    await Promise.all(connections.splice(0).map(connection => connection.close()))
    await place.dispose()
  })

  async function connect(options: ConnectOptions = {}): Promise<Channel> {
    const connection = await sql().connect(place.url, { lease: LEASE, ...options })
    connections.push(connection)
    return await connection.openChannel()
  }

  /** Two messages held, the first of them begun; then the connection ends without a word. */
  async function holdAndCut(): Promise<void> {
    const channel = await connect({ holder: 'worker' })
    await channel.declare({ queues: [{ name: 'own', exclusive: true }] })
    await channel.publish([toWork('begun'), toWork('late')])
    const held = await collect(channel)
    await until(() => held.length === 2)
    await channel.settle([{ tag: held[0]?.tag ?? -1, kind: 'start' }])
    const [cut] = connections.splice(0)
    cut?.destroy?.()
    expect(await cut?.closed).toBeInstanceOf(Error)
  }

  /** Until others would have found what is not renewed. */
  async function pastLeases(channel: Channel): Promise<void> {
    const end = performance.now() + LEASE * 3 * 1000
    await until(async () => (await channel.stat(['work']), performance.now() > end))
  }

  it('takes over what the one before it held, marked, in order, and nobody else gets that', async () => {
    await holdAndCut()
    const channel = await connect({ holder: 'worker' })
    const heir = await collect(channel)
    await until(() => heir.length === 2)
    expect(heir.map(marks)).toEqual([
      ['begun', true, true],
      ['late', true, false]
    ])
    const other = await connect()
    const others = await collect(other)
    await pastLeases(other)
    expect(others).toEqual([])
    const settled = await channel.settle(heir.map(({ tag }) => ({ tag, kind: 'ack' })))
    expect(settled).toEqual([undefined, undefined])
    expect(await channel.stat(['work'])).toMatchObject([{ ready: 0, unacked: 0 }])
  })

  it('takes over as many as it asks for, and gives the rest back when it closes', async () => {
    await holdAndCut()
    const channel = await connect({ holder: 'worker' })
    const heir = await collect(channel, 1)
    await until(() => heir.length === 1)
    const others = await collect(await connect())
    await connections[0]?.close()
    await until(() => others.length === 2)
    expect(others.map(marks).sort()).toEqual([
      ['begun', true, true],
      ['late', true, false]
    ])
  })

  it('finds the names of exclusive queues free at once', async () => {
    await holdAndCut()
    const channel = await connect({ holder: 'worker' })
    await collect(channel)
    await channel.declare({ queues: [{ name: 'own', exclusive: true }] })
  })

  it('takes nothing over from another holder, nor where none is named', async () => {
    await holdAndCut()
    const stranger = await collect(await connect({ holder: 'worker2' }))
    const nobody = await collect(await connect())
    expect([stranger, nobody]).toEqual([[], []])
    await until(() => stranger.length + nobody.length === 2)
  })

  return { connect, holdAndCut }
}

function toWork(text: string): Outgoing {
  const properties = { contentType: 'text/plain', contentEncoding: 'utf-8' }
  return { exchange: '', routingKey: 'work', message: { headers: {}, properties, body: Buffer.from(text) } }
}

async function collect(channel: Channel, prefetch = 10): Promise<Delivery[]> {
  const deliveries: Delivery[] = []
  const sink = { deliver: (batch: readonly Delivery[]) => void deliveries.push(...batch), lost: () => undefined }
  await channel.consume(['work'], sink, { prefetch })
  return deliveries
}

function marks({ message, redelivered, started = false }: Delivery): readonly [string, boolean, boolean] {
  return [Buffer.from(message.body).toString(), redelivered, started]
}
