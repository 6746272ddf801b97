import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  DatabaseBusyError,
  DatabaseClosedError,
  DatabaseGoneError,
  migrate,
  openDatabase,
  type SqlDatabase,
  SqlDatabases
} from '@umbel/sql'
import Database from 'libsql'
import { type RunningScript, runScript, temporaryFolder, until } from '@umbel/test-kit'

describe('a SQLite database', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let database: SqlDatabase

  const running: RunningScript[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    database = await openDatabase(`sqlite://${path}`)
    await migrate(database, { name: 'test', steps: [['CREATE TABLE item (origin TEXT, number INTEGER)']] })
  })
  afterEach(async () => {
    // What a failed test left running.
    for (const fixture of running.splice(0)) fixture.process.kill('SIGKILL')
    await database.close()
    folder.dispose()
  })

  function run(name: string, ...parameters: readonly string[]): RunningScript {
    const fixture = runScript(new URL(`./fixtures/${name}.js`, import.meta.url), ...parameters)
    running.push(fixture)
    return fixture
  }

  const insert = (number: number, origin = 'test'): Promise<number> =>
    database.write(session => session.run('INSERT INTO item VALUES (?, ?)', [origin, number]))
  const numbers = async (): Promise<unknown[]> =>
    (await database.read(session => session.all('SELECT number FROM item ORDER BY number'))).map(row => row['number'])

  it('commits the writes of one turn together', async () => {
    const other = new Database(path)
    const version = (): unknown => JSON.stringify(other.pragma('data_version'))
    const counts: unknown[] = []
    const before = version()
    const writes = Array.from({ length: 20 }, (_, number) => insert(number).then(() => counts.push(version())))
    await Promise.all(writes)
    expect(new Set(counts).size).toBe(1)
    expect(counts[0]).not.toBe(before)
    other.close()
  })

  it('rolls back a write that throws, alone', async () => {
    const outcomes = await Promise.allSettled([
      insert(1),
      database.write(async session => {
        await session.run('INSERT INTO item VALUES (?, ?)', ['test', 2])
        throw new Error('no')
      }),
      insert(3)
    ])
    expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await numbers()).toEqual([1, 3])
    await expect(
      database.write(async session => {
        await session.run('INSERT INTO item VALUES (?, ?)', ['test', 4])
        throw new Error('no')
      })
    ).rejects.toThrow('no')
    expect(await numbers()).toEqual([1, 3])
  })

  it('keeps reads out of a write under way', async () => {
    const seen: unknown[] = []
    const write = database.write(async session => {
      await session.run('INSERT INTO item VALUES (?, ?)', ['test', 1])
      seen.push(numbers().then(found => found))
      throw new Error('undone')
    })
    await expect(write).rejects.toThrow('undone')
    expect(await Promise.all(seen)).toEqual([[]])
  })

  it('refuses a session after its work ended', async () => {
    const session = await database.read(async inner => inner)
    await expect(session.all('SELECT 1')).rejects.toThrow('after its work ended')
  })

  it('waits for another process without blocking the thread, and gives up in the end', async () => {
    const impatient = await openDatabase(`sqlite://${path}`, { busyTimeout: 0.2 })
    const hog = run('hog', path)
    await until(() => hog.lines.length > 0)
    let longest = 0
    let last = performance.now()
    const ticker = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    const patient = insert(1)
    const refused = impatient.write(session => session.run('INSERT INTO item VALUES (?, ?)', ['test', 2]))
    await expect(refused).rejects.toThrow(DatabaseBusyError)
    await expect(refused).rejects.toThrow(path)
    expect(await numbers()).toEqual([])
    hog.process.stdin?.end()
    await patient
    clearInterval(ticker)
    expect(longest).toBeLessThan(100)
    expect(await numbers()).toEqual([1])
    await hog.exit
    await impatient.close()
  })

  it('rings for its own commits and those of other processes, in milliseconds', async () => {
    const echo = run('echo', path)
    await until(() => echo.lines.length > 0)
    const times: number[] = []
    for (let round = 1; round <= 50; round++) {
      const start = performance.now()
      await new Promise<void>(resolve => {
        const bell = database.onCommit(() => {
          void database
            .read(session => session.all("SELECT 1 FROM item WHERE origin = 'pong' AND number = ?", [round]))
            .then(rows => {
              if (rows.length === 0) return
              bell.close()
              resolve()
            })
        })
        void insert(round, 'ping')
      })
      times.push(performance.now() - start)
    }
    echo.process.stdin?.end()
    expect(await echo.exit).toEqual({ code: 0, signal: null })
    times.sort((a, b) => a - b)
    // There and back: two wake-ups. The safety poll alone would take hundreds.
    expect(times[25]).toBeLessThan(20)
  })

  it('stays sound when a writer is killed in the middle of a transaction', async () => {
    const fixture = run('half-written', path)
    expect(await fixture.exit).toEqual({ code: null, signal: 'SIGKILL' })
    await insert(2)
    expect(await numbers()).toEqual([1, 2])
    expect(await database.read(session => session.all('PRAGMA integrity_check'))).toEqual([{ integrity_check: 'ok' }])
  })

  it('loses no write of four busy processes', async () => {
    const fixtures = ['a', 'b', 'c', 'd'].map(origin => run('counter', path, '200', origin))
    await Promise.all(fixtures.map(fixture => fixture.exit))
    expect(fixtures.map(fixture => fixture.lines)).toEqual([['200'], ['200'], ['200'], ['200']])
    expect(await numbers()).toHaveLength(800)
  })

  it('lets a process end by itself, its unawaited writes done', async () => {
    const fixture = run('publisher', path)
    expect(await fixture.exit).toEqual({ code: 0, signal: null })
    expect(await numbers()).toEqual([1])
  })

  it('ends when its file is removed or replaced: nobody would see what it writes', async () => {
    mkdirSync(join(folder.path, 'away'))
    for (const name of ['umbel.db', 'umbel.db-wal', 'umbel.db-shm'])
      renameSync(join(folder.path, name), join(folder.path, 'away', name))
    writeFileSync(path, '')
    database.onCommit(() => undefined)
    expect(await database.closed).toBeInstanceOf(DatabaseGoneError)
    await expect(insert(1)).rejects.toThrow(DatabaseGoneError)
    await expect(numbers()).rejects.toThrow(path)
  })

  it('finishes its writes when it is closed, and refuses what comes later', async () => {
    const write = insert(1)
    await Promise.all([database.close(), database.close()])
    await expect(write).resolves.toBe(1)
    await expect(insert(2)).rejects.toThrow(DatabaseClosedError)
    await expect(numbers()).rejects.toThrow(DatabaseClosedError)
    expect(await database.closed).toBeUndefined()
    database.onCommit(() => undefined).close()
  })
})

describe('SqlDatabases', () => {
  it('shares one database per file and closes it with its last user', async () => {
    const folder = temporaryFolder()
    const databases = new SqlDatabases()
    const url = `sqlite://${join(folder.path, 'umbel.db')}`
    const [first, second] = await Promise.all([
      databases.open(url),
      databases.open(`db+sqlite:///${folder.path}/umbel.db`)
    ])
    expect(databases.size).toBe(1)
    await migrate(first, { name: 'test', steps: [['CREATE TABLE item (number INTEGER)']] })
    let rung = 0
    first.onCommit(() => rung++)
    await first.close()
    await first.close()
    await second.write(session => session.run('INSERT INTO item VALUES (1)'))
    expect(rung).toBe(0)
    await expect(first.read(session => session.all('SELECT 1'))).rejects.toThrow(DatabaseClosedError)
    expect(databases.size).toBe(1)
    await second.close()
    expect(databases.size).toBe(0)
    const third = await databases.open(url)
    expect(await third.read(session => session.all('SELECT * FROM item'))).toEqual([{ number: 1 }])
    await third.close()
    folder.dispose()
  })

  it('forgets a database that could not be opened', async () => {
    const folder = temporaryFolder()
    const path = join(folder.path, 'umbel.db')
    const databases = new SqlDatabases()
    writeFileSync(path, 'no database')
    await expect(databases.open(`sqlite://${path}`)).rejects.toThrow(path)
    writeFileSync(path, '')
    await (await databases.open(`sqlite://${path}`)).close()
    expect(databases.size).toBe(0)
    folder.dispose()
  })
})
