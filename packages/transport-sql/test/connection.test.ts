import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createDeferred } from '@umbel/runtime'
import { FakeClock } from '@umbel/runtime/conformance'
import { DatabaseGoneError, ForeignDatabaseError, openDatabase, SqlDatabases } from '@umbel/sql'
import {
  type Connection,
  ConnectionError,
  type Delivery,
  type Outgoing,
  PublishTimeoutError,
  type Topology,
  TopologyError
} from '@umbel/transport'
import { sql } from '@umbel/transport-sql'
import { runScript, temporaryFolder, until } from '@umbel/test-kit'

describe('a connection to SQLite', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let url: string
  const connections: Connection[] = []

  beforeEach(() => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    url = `sqlite://${path}`
  })
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close()
    folder.dispose()
  })

  async function connect(
    ...[transport, options]: readonly [ReturnType<typeof sql>?, Parameters<ReturnType<typeof sql>['connect']>[1]?]
  ) {
    const connection = await (transport ?? sql()).connect(url, options)
    connections.push(connection)
    return connection
  }

  const message = (text: string, more: Partial<Outgoing> = {}): Outgoing => ({
    exchange: '',
    routingKey: 'work',
    message: {
      headers: {},
      properties: { contentType: 'text/plain', contentEncoding: 'utf-8' },
      body: Buffer.from(text)
    },
    ...more
  })

  async function collect(connection: Connection, prefetch = 10): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    const channel = await connection.openChannel()
    const sink = { deliver: (batch: readonly Delivery[]) => void deliveries.push(...batch), lost: () => undefined }
    await channel.consume(['work'], sink, { prefetch })
    return deliveries
  }

  it('names its file, and the default one too', async () => {
    expect((await connect()).url).toBe(url)
  })

  it.each(['sqla+sqlite', 'db+sqlite'])('is made by Celery’s spelling %s too', async scheme => {
    const connection = await sql().connect(`${scheme}:///${path}`)
    connections.push(connection)
    expect(connection.url).toBe(url)
  })

  it('is refused by a foreign file and by PostgreSQL URLs, with the reason', async () => {
    const foreign = await openDatabase(url)
    await foreign.write(session => session.run('PRAGMA application_id = 42'))
    await foreign.read(session => session.all('PRAGMA wal_checkpoint(TRUNCATE)'))
    await foreign.close()
    const refused: unknown = await sql()
      .connect(url)
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConnectionError)
    expect(String(refused)).toContain(path)
    expect((refused as Error).cause).toBeInstanceOf(ForeignDatabaseError)
    await expect(sql().connect('postgres://user:secret@host/db')).rejects.toThrow(ConnectionError)
  })

  it.each([
    [{ visibility_timeout: 3600 }, "'visibility_timeout' is not known"],
    [{ synchronous: 'off' }, "'normal' or 'full'"],
    [{ busy_timeout: -1 }, 'seconds'],
    [{ queue_order_strategy: 'random' }, 'round_robin, priority, sorted'],
    [{ deadletter_queue: '' }, 'the name of a queue'],
    [{ confirm_publish: false }, 'true, as a database confirms every message']
  ])('refuses the transport options %j', async (transportOptions, text) => {
    await expect(sql().connect(url, { transportOptions })).rejects.toThrow(text)
    expect(existsSync(path)).toBe(false)
  })

  it('[C-25] confirms with confirm_publish: what is answered is there, and one that is not in time is a timeout', async () => {
    const connection = await connect(undefined, { transportOptions: { confirm_publish: true } })
    const channel = await connection.openChannel()
    expect(await channel.publish([message('a')])).toEqual([undefined])
    expect((await (await (await connect()).openChannel()).stat(['work']))[0]?.ready).toBe(1)
    const blocker = await openDatabase(url)
    await blocker.write(async session => {
      await session.run('UPDATE umbel_message SET queue = queue')
      const [error] = await channel.publish([message('a')], { deadline: 0.05 })
      expect(error).toBeInstanceOf(PublishTimeoutError)
    })
    await blocker.close()
  })

  it('takes its transport options in both spellings', async () => {
    const transportOptions = {
      synchronous: 'full',
      busyTimeout: 3,
      deadletter_queue: 'dead',
      queueOrderStrategy: 'sorted'
    }
    const channel = await (await connect(undefined, { transportOptions })).openChannel()
    await channel.declare({ exchanges: [{ name: 'lonely' }] })
    expect(await channel.publish([message('x', { exchange: 'lonely' })])).toEqual([undefined])
    expect((await channel.stat(['dead']))[0]?.ready).toBe(1)
  })

  it('shares the database with whoever has the same registry, and leaves it at the end', async () => {
    const databases = new SqlDatabases()
    const [first, second] = [await connect(sql({ databases })), await connect(sql({ databases }))]
    expect(databases.size).toBe(1)
    await first.close()
    expect(databases.size).toBe(1)
    await second.close()
    expect(databases.size).toBe(0)
  })

  it('ends with the reason when its file is removed', async () => {
    const connection = await connect()
    await collect(connection)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`)
    const reason = await connection.closed
    expect(reason).toBeInstanceOf(ConnectionError)
    expect(reason?.cause).toBeInstanceOf(DatabaseGoneError)
    await expect(connection.openChannel()).rejects.toThrow('closed')
  })

  it('wakes up for what comes due, by its own clock', async () => {
    const clock = new FakeClock()
    const connection = await connect(undefined, { clock, lease: 3600 })
    const deliveries = await collect(connection)
    const channel = await connection.openChannel()
    await channel.publish([message('later', { notBefore: clock.now() + 60_000 }), message('now')])
    await until(() => deliveries.length === 1)
    await clock.advance(59_000)
    expect((await channel.stat(['work']))[0]).toMatchObject({ ready: 0, delayed: 1, unacked: 1 })
    await until(async () => {
      await clock.advance(500)
      return deliveries.length === 2
    })
    expect(deliveries.map(({ message: { body } }) => Buffer.from(body).toString())).toEqual(['now', 'later'])
  })

  it('gives the others time to renew after the machine slept', async () => {
    const asleep = new SleepyClock()
    const holder = await connect(undefined, { lease: 10, clock: asleep })
    const held = await collect(holder, 1)
    const channel = await holder.openChannel()
    await channel.publish([message('held')])
    await until(() => held.length === 1)
    const neighbour = await connect(undefined, { lease: 10, clock: asleep })
    const stolen = await collect(neighbour)
    await asleep.advance(4000)
    asleep.sleep(3_600_000)
    await asleep.advance(20_000)
    expect(stolen).toEqual([])
    expect((await channel.stat(['work']))[0]).toMatchObject({ ready: 0, unacked: 1 })
  })

  it('takes over from a dead connection within its lease though the clock was set back; the living keep theirs', async () => {
    const clock = new SleepyClock()
    const alive = await connect(undefined, { lease: 10, clock })
    const held = await collect(alive, 1)
    const channel = await alive.openChannel()
    await channel.publish([message('held')])
    await until(() => held.length === 1)
    const database = await openDatabase(url)
    const others = async (): Promise<number> =>
      (await database.read(session => session.all('SELECT id FROM umbel_consumer'))).length
    // As a process leaves it that was killed just before the clock was set back.
    await database.write(session =>
      session.run("INSERT INTO umbel_consumer (name, lease_until, lease) VALUES ('dead', ?, 10000)", [
        clock.now() + 10_000
      ])
    )
    clock.sleep(-3_600_000)
    const watcher = await connect(undefined, { lease: 10, clock })
    const stolen = await collect(watcher)
    await clock.advance(9000)
    expect(await others()).toBe(3)
    await clock.advance(8000)
    expect(await others()).toBe(2)
    await clock.advance(60_000)
    expect(await others()).toBe(2)
    expect(stolen).toEqual([])
    expect((await channel.stat(['work']))[0]).toMatchObject({ ready: 0, unacked: 1, consumers: 2 })
    await database.close()
  })

  it.each([Number.NaN, -1, 0, 1e300, Number.POSITIVE_INFINITY])('refuses a lease of %p s', async lease => {
    await expect(sql().connect(url, { lease })).rejects.toThrow(
      `lease: expected seconds from 0.05 to 86400, got ${lease}`
    )
    expect(existsSync(path)).toBe(false)
  })

  it.each(['a\0b', 'a\uD800'])('refuses the name %j, which SQLite would cut or change', async name => {
    const channel = await (await connect()).openChannel()
    await expect(channel.declare({ queues: [{ name }] })).rejects.toThrow(TopologyError)
    const errors = await channel.publish([
      message('queue', { routingKey: name }),
      message('id', { id: name }),
      message('sound')
    ])
    expect(errors.map(error => error?.message.includes('position 1'))).toEqual([true, true, undefined])
    expect((await channel.stat(['a', 'work'])).map(({ ready }) => ready)).toEqual([0, 1])
  })

  it('says what is wrong with an envelope that cannot be read, and hands out its bytes', async () => {
    const connection = await connect()
    const channel = await connection.openChannel()
    await channel.publish([message('body')])
    const database = await openDatabase(url)
    await database.write(session => session.run("UPDATE umbel_message SET headers = '{broken'"))
    await database.close()
    const deliveries = await collect(connection)
    await until(() => deliveries.length === 1)
    expect(deliveries[0]?.problem).toContain('JSON')
    expect(Buffer.from(deliveries[0]?.message.body ?? []).toString()).toBe('body')
  })

  it.each([
    ['umbel_queue', 'definition', 'queue "spoilt"'],
    ['umbel_exchange', 'definition', 'exchange "spoilt"'],
    ['umbel_binding', 'arguments', 'binding of queue "spoilt" to "spoilt"']
  ])('names a row of %s that cannot be read, and serves what does not need it', async (table, column, key) => {
    const channel = await (await connect()).openChannel()
    const topology = (name: string): Topology => ({
      exchanges: [{ name, type: 'headers' }],
      queues: [{ name }],
      bindings: [{ exchange: name, queue: name, arguments: { n: 1 } }]
    })
    for (const name of ['spoilt', 'sound']) await channel.declare(topology(name))
    const database = await openDatabase(url)
    const where = table === 'umbel_binding' ? 'queue' : 'name'
    await database.write(session => session.run(`UPDATE ${table} SET ${column} = '{broken' WHERE ${where} = 'spoilt'`))
    await database.close()
    const to = (exchange: string): Outgoing => {
      const { message: plain, ...rest } = message('x', { exchange, routingKey: '' })
      return { ...rest, message: { ...plain, headers: { n: 1 } } }
    }
    const [spoilt, sound] = await channel.publish([to('spoilt'), to('sound')])
    const failure: unknown =
      table === 'umbel_queue' ? await channel.declare(topology('spoilt')).catch((error: unknown) => error) : spoilt
    expect(failure).toBeInstanceOf(TopologyError)
    expect(String(failure)).toContain(`${key}`)
    expect(String(failure)).toContain(`${table} cannot be read`)
    expect(sound).toBeUndefined()
    await channel.declare(topology('sound'))
    expect((await channel.stat(['sound']))[0]?.ready).toBe(1)
  })

  it('gives up connecting to a locked file after its timeout, naming it', async () => {
    const database = await openDatabase(url)
    const [begun, gate] = [createDeferred<void>(), createDeferred<void>()]
    const holding = database.write(async () => {
      begun.resolve()
      await gate.promise
    })
    await begun.promise
    const refused: unknown = await sql()
      .connect(url, { timeout: 0.1 })
      .catch((error: unknown) => error)
    gate.resolve()
    await holding
    await database.close()
    expect(refused).toBeInstanceOf(ConnectionError)
    expect(refused).toMatchObject({ url, recoverable: true })
    expect(String(refused)).toContain(`${path}: other processes wrote without a pause for 0.1 s; nothing was written`)
  })

  it('carries bodies that are views into larger buffers', async () => {
    const connection = await connect()
    const large = new Uint8Array(100).fill(7)
    large.set([1, 2, 3], 50)
    const { message: plain } = message('')
    const channel = await connection.openChannel()
    await channel.publish([{ exchange: '', routingKey: 'work', message: { ...plain, body: large.subarray(50, 53) } }])
    const deliveries = await collect(connection)
    await until(() => deliveries.length === 1)
    expect([...(deliveries[0]?.message.body ?? [])]).toEqual([1, 2, 3])
  })

  it('refuses to publish within a transaction instead of ignoring it', async () => {
    const channel = await (await connect()).openChannel()
    const [error] = await channel.publish([message('x')], { within: {} })
    expect(error?.message).toContain('use PostgreSQL')
    expect((await channel.stat(['work']))[0]?.ready).toBe(0)
  })

  it('drops exclusive and auto-delete queues of a process that was killed', async () => {
    const fixture = runScript(new URL('./fixtures/exclusive.js', import.meta.url), path)
    await until(() => fixture.lines.includes('ready'))
    const connection = await connect(undefined, { lease: 0.5 })
    const channel = await connection.openChannel()
    await expect(channel.declare({ queues: [{ name: 'mine', exclusive: true }] })).rejects.toThrow(
      'exclusive to another'
    )
    await collect(connection)
    fixture.process.kill('SIGKILL')
    await fixture.exit
    await until(() =>
      channel.declare({ queues: [{ name: 'mine' }, { name: 'passing' }] }).then(
        () => true,
        () => false
      )
    )
    expect((await channel.stat(['mine', 'passing'])).map(stat => stat.ready)).toEqual([0, 0])
  })

  it('lets a process that only publishes end by itself, and keeps one that consumes', async () => {
    const publisher = runScript(new URL('./fixtures/publish-only.js', import.meta.url), path)
    expect(await publisher.exit).toEqual({ code: 0, signal: null })
    const connection = await connect()
    const deliveries = await collect(connection)
    await until(() => deliveries.length === 1)
  })

  it('says which file is damaged', async () => {
    writeFileSync(path, 'no database at all')
    await expect(sql().connect(url)).rejects.toThrow(path)
  })
})

/** A clock whose wall time jumps while the machine sleeps. */
class SleepyClock extends FakeClock {
  #slept = 0

  sleep(milliseconds: number): void {
    this.#slept += milliseconds
  }

  override now(): number {
    return super.now() + this.#slept
  }
}
