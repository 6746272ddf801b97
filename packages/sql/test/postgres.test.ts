import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Clock, systemClock } from '@umbel/runtime'
import {
  DatabaseBusyError,
  DatabaseClientError,
  DatabaseError,
  DatabaseOpenError,
  DatabaseVersionError,
  describeUrl,
  migrate,
  openDatabase,
  postgresSchemes,
  type SqlDatabase,
  SqlDatabases,
  type SqlSession
} from '@umbel/sql'
import { createTestDatabase, describePostgres, type TestDatabase } from '@umbel/test-kit/postgres'

describe('URLs of PostgreSQL', () => {
  it.each([
    ['postgres://ann:p%40ss@host:5433/shop', 'postgresql://ann:**@host:5433/shop'],
    ['db+postgresql+psycopg2://ann:secret@host/shop', 'postgresql://ann:**@host/shop'],
    [
      'SQLA+PostgreSQL://host/shop?password=secret&sslmode=verify-full',
      'postgresql://host/shop?password=**&sslmode=verify-full'
    ],
    ['postgresql:///shop', 'postgresql:///shop']
  ])('shows %s without its password', (url, shown) => {
    expect(describeUrl(url)).toBe(shown)
  })

  it('have the schemes of Celery and of SQLAlchemy', () => {
    for (const scheme of ['postgres', 'postgresql', 'db+postgresql', 'sqla+postgresql', 'db+postgresql+psycopg2'])
      expect(postgresSchemes).toContain(scheme)
  })
})

describePostgres('a PostgreSQL database', () => {
  let server: TestDatabase
  const opened: SqlDatabase[] = []

  beforeEach(async () => {
    server = await createTestDatabase()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(database => database.close()))
    await server.dispose()
  })

  async function open(options: Parameters<typeof openDatabase>[1] = {}): Promise<SqlDatabase> {
    const database = await openDatabase(server.url, options)
    opened.push(database)
    return database
  }

  const refusal = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)
  const ITEMS = { name: 'shop', steps: [['CREATE TABLE item (name TEXT PRIMARY KEY, price BIGINT)']] }
  const names = (session: SqlSession) => session.all('SELECT name FROM item ORDER BY name')

  it('migrates once, however many start at once, and refuses what is newer', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => open()))
    await Promise.all(databases.map(database => migrate(database, ITEMS)))
    const [database] = databases
    await database?.write(session => session.run('UPDATE umbel_schema SET version = 9'))
    expect(await refusal(migrate(await open(), ITEMS))).toBeInstanceOf(DatabaseVersionError)
  })

  it('rolls back what throws, alone, and what went on after a failed statement', async () => {
    const database = await open()
    await migrate(database, ITEMS)
    const insert = (name: string) => (session: SqlSession) => session.run('INSERT INTO item VALUES (?, 1)', [name])
    const failing = database.write(async session => {
      await insert('a')(session)
      throw new RangeError('no')
    })
    const careless = database.write(async session => {
      await insert('b')(session)
      await session.run('SELECT 1 / 0').catch(() => 0)
    })
    const [thrown, swallowed] = await Promise.all([refusal(failing), refusal(careless), database.write(insert('c'))])
    expect(thrown).toBeInstanceOf(RangeError)
    expect(swallowed).toBeInstanceOf(DatabaseError)
    expect(await database.read(names)).toEqual([{ name: 'c' }])
  })

  it('inserts many rows in order, and keeps bytes, nulls and quotes', async () => {
    const database = await open()
    await migrate(database, {
      name: 'x',
      steps: [['CREATE TABLE row (n BIGINT GENERATED ALWAYS AS IDENTITY, t TEXT, b BYTEA)']]
    })
    const insertion = { table: 'row', columns: { t: 'text', b: 'bytea' }, conflict: '' } as const
    const rows = [
      ['a"\\,{}', Uint8Array.of(0, 255, 92)],
      ['ü\n', null],
      ['', new Uint8Array()]
    ] as const
    await database.write(session => session.insert(insertion, rows), { loose: true })
    const found = await database.read(session => session.all('SELECT t, b FROM row ORDER BY n'))
    expect(found.map(({ t, b }) => [t, b === null ? null : [...(b as Uint8Array)]])).toEqual([
      ['a"\\,{}', [0, 255, 92]],
      ['ü\n', null],
      ['', []]
    ])
  })

  it('runs a transaction again that gave way to another', async () => {
    const database = await open()
    await migrate(database, ITEMS)
    await database.write(session => session.run("INSERT INTO item VALUES ('a', 0), ('b', 0)"))
    const waiting: (() => void)[] = []
    const bothHoldOne = new Promise<void>(resolve => waiting.push(resolve))
    let holding = 0
    const raise = (first: string, second: string) => async (session: SqlSession) => {
      await session.run('UPDATE item SET price = price + 1 WHERE name = ?', [first])
      if (++holding === 2) for (const go of waiting) go()
      if (holding <= 2) await bothHoldOne
      await session.run('UPDATE item SET price = price + 1 WHERE name = ?', [second])
    }
    await Promise.all([database.write(raise('a', 'b')), database.write(raise('b', 'a'))])
    expect(holding).toBeGreaterThanOrEqual(3)
    expect(await database.read(session => session.all('SELECT DISTINCT price FROM item'))).toEqual([{ price: 2 }])
  })

  it('waits for a lock of others no longer than it was told', async () => {
    const [database, other] = [await open({ busyTimeout: 0.2 }), await open()]
    await migrate(database, ITEMS)
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    let locked: () => void = () => undefined
    const isLocked = new Promise<void>(resolve => {
      locked = resolve
    })
    const holding = other.write(async session => {
      await session.run('LOCK TABLE item')
      locked()
      await held
    })
    await isLocked
    expect(await refusal(database.write(names))).toBeInstanceOf(DatabaseBusyError)
    release()
    await holding
    expect(await database.write(names)).toEqual([])
  })

  it('rings who listens to the topic, here and in other processes, and who listens to any', async () => {
    const [writer, reader] = [await open(), await open({ clock: withoutTimers })]
    const rung: string[] = []
    for (const topic of ['ink', 'pen']) reader.onCommit(() => void rung.push(topic), new Set([topic]))
    reader.onCommit(() => void rung.push('any'))
    const own = new Promise<void>(resolve => void writer.onCommit(resolve, new Set(['pen'])))
    // The first rings say that LISTEN has begun.
    await until(() => rung.length >= 3)
    rung.length = 0
    await writer.write(async session => session.announce(['pen']))
    await own
    await until(() => rung.length >= 2)
    expect(rung.slice(0, 2)).toEqual(['pen', 'any'])
  })

  it('ends with a reason that may pass when a connection is lost, idle ones included; the next opening works', async () => {
    const databases = new SqlDatabases()
    const database = await databases.open(server.url)
    await database.read(session => session.all('SELECT 1'))
    await server.sever()
    expect(await database.closed).toMatchObject({ recoverable: true })
    expect(await refusal(database.read(session => session.all('SELECT 1')))).toMatchObject({ recoverable: true })
    const next = await databases.open(server.url)
    expect(await next.read(session => session.all('SELECT 1 AS one'))).toEqual([{ one: 1 }])
    await Promise.all([database.close(), next.close()])
    expect(databases.size).toBe(0)
  })

  it('refuses a client without query()', async () => {
    expect(await refusal((await open()).within({}, async () => undefined))).toBeInstanceOf(DatabaseClientError)
  })

  it.each([
    [
      'a database that is not there',
      (url: string) => url.replace(/\/umbel_test_\w+/, '/umbel_nowhere'),
      /does not exist/,
      false
    ],
    [
      'a server without TLS that must have it',
      (url: string) => `${url}?sslmode=verify-full`,
      /TLS: see sslmode/,
      false
    ],
    ['a port where nobody listens', (url: string) => url.replace(/:\d+\//, ':1/'), /ECONNREFUSED/, true],
    ['a schema that is not there', (url: string) => `${url}?options=-csearch_path%3Dnowhere`, /search_path/, false]
  ])('says why it cannot open %s', async (...[, change, text, recoverable]) => {
    const error = await refusal(openDatabase(change(server.url), { openTimeout: 2 }))
    expect(error).toBeInstanceOf(DatabaseOpenError)
    expect(error).toMatchObject({ message: expect.stringMatching(text) as unknown, recoverable })
  })
})

/** Without the poll behind it. */
const withoutTimers: Clock = { ...systemClock, setTimer: () => ({ cancel: () => undefined }) }

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`still not so: ${holds.toString()}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
