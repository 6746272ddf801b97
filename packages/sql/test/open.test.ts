import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  DatabaseBusyError,
  DatabaseCorruptError,
  DatabaseError,
  DatabaseFullError,
  DatabaseIoError,
  DatabaseOpenError,
  DatabaseReadOnlyError,
  DatabaseVersionError,
  ForeignDatabaseError,
  migrate,
  openDatabase,
  sqliteFrom
} from '@umbel/sql'
import Database from 'libsql'
import { runScript, temporaryFolder, until } from '@umbel/test-kit'

describe('openDatabase', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let url: string

  beforeEach(() => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    url = `sqlite://${path}`
  })
  afterEach(() => folder.dispose())

  it('makes the default file, its folder, and keeps it out of version control', async () => {
    writeFileSync(join(folder.path, 'package.json'), '{}')
    const database = await openDatabase(undefined, { cwd: folder.path, env: {} })
    await database.close()
    expect(database.location).toBe(join(folder.path, '.umbel', 'umbel.db'))
    expect(readFileSync(join(folder.path, '.umbel', '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('makes the missing folders of a stated path, and nothing else there', async () => {
    const database = await openDatabase(`sqlite://${join(folder.path, 'a', 'b', 'c.db')}`)
    await database.close()
    expect(readdirSync(join(folder.path, 'a', 'b')).filter(name => !name.startsWith('c.db'))).toEqual([])
  })

  it('takes an empty file', async () => {
    writeFileSync(path, '')
    const database = await openDatabase(url)
    await database.close()
    await expect(openDatabase(url).then(again => again.close())).resolves.toBeUndefined()
  })

  it('uses a write-ahead log, synchronous as asked', async () => {
    for (const [synchronous, expected] of [
      ['normal', 1],
      ['full', 2]
    ] as const) {
      const database = await openDatabase(url, { synchronous })
      const rows = await database.read(async session => [
        ...(await session.all('PRAGMA journal_mode')),
        ...(await session.all('PRAGMA synchronous'))
      ])
      expect(rows).toEqual([{ journal_mode: 'wal' }, { synchronous: expected }])
      await database.close()
    }
  })

  describe('refuses, names the file, and changes nothing:', () => {
    async function refused(error: new (text: string) => Error): Promise<void> {
      const before = readFileSync(path)
      const thrown: unknown = await openDatabase(url).catch((reason: unknown) => reason)
      expect(thrown).toBeInstanceOf(error)
      expect(String(thrown)).toContain(path)
      expect(readFileSync(path).equals(before)).toBe(true)
    }

    it.each([
      ['text', Buffer.from('dear diary')],
      ['garbage', Buffer.alloc(8192, 'garbage!')],
      ['a header alone', Buffer.from('SQLite format 3\0')]
    ])('%s', async (_name, content) => {
      writeFileSync(path, content)
      await refused(DatabaseCorruptError)
    })

    it.each(['delete', 'wal'])('a database of another program, journal mode %s', async mode => {
      const foreign = new Database(path)
      foreign.exec(`PRAGMA journal_mode = ${mode}`)
      foreign.exec('CREATE TABLE diary (line TEXT)')
      foreign.close()
      await refused(ForeignDatabaseError)
    })

    it('a database marked as another program’s', async () => {
      const foreign = new Database(path)
      foreign.exec('PRAGMA application_id = 42')
      foreign.exec('CREATE TABLE diary (line TEXT)')
      foreign.close()
      await refused(ForeignDatabaseError)
    })

    it('a file of a newer format', async () => {
      const database = await openDatabase(url)
      await database.read(session => session.all('PRAGMA wal_checkpoint(TRUNCATE)'))
      await database.close()
      const newer = readFileSync(path)
      newer.writeUInt32BE(99, 60)
      writeFileSync(path, newer)
      await refused(DatabaseVersionError)
    })
  })

  it('refuses a directory', async () => {
    mkdirSync(path)
    await expect(openDatabase(url)).rejects.toThrow(DatabaseOpenError)
    await expect(openDatabase(url)).rejects.toThrow(path)
  })

  it('follows a link to a file that is missing, and says where one leads whose folder is', async () => {
    symlinkSync(join(folder.path, 'target.db'), path)
    await (await openDatabase(url)).close()
    expect(existsSync(join(folder.path, 'target.db'))).toBe(true)
    const dangling = join(folder.path, 'dangling.db')
    symlinkSync('gone/target.db', dangling)
    const refused = openDatabase(`sqlite://${dangling}`)
    await expect(refused).rejects.toThrow(DatabaseOpenError)
    await expect(refused).rejects.toThrow(
      `${dangling}: a symbolic link to ${join(folder.path, 'gone', 'target.db')}, whose folder does not exist`
    )
  })

  it('waits for a lock no longer than its own time', async () => {
    const hog = runScript(new URL('./fixtures/hog.js', import.meta.url), path)
    await until(() => hog.lines.length > 0)
    const refused = openDatabase(url, { openTimeout: 0.1 })
    await expect(refused).rejects.toThrow(DatabaseBusyError)
    await expect(refused).rejects.toThrow(`${path}: database is locked; another process held it for 0.1 s`)
    hog.process.stdin?.end()
    await hog.exit
  })

  it('ends when the disk fails under it, and says what else may have happened', async () => {
    const handle = new Database(path)
    let fails = false
    const trouble = (): never => {
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_SHORT_READ' })
    }
    const database = await sqliteFrom({
      pragma: handle.pragma,
      exec: sql => (fails ? trouble() : handle.exec(sql)),
      prepare: sql => (fails ? trouble() : handle.prepare(sql)),
      close: () => handle.close()
    })
    fails = true
    const failure: unknown = await database.read(session => session.all('SELECT 1')).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(DatabaseIoError)
    expect(failure).toMatchObject({ recoverable: true })
    expect(String(failure)).toMatch(/removed or replaced the file or its -wal and -shm/)
    expect(await database.closed).toBe(failure)
    await expect(database.write(session => session.run('SELECT 1'))).rejects.toBe(failure)
  })

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(path, '')
    await expect(openDatabase(`${url}/below/a-file.db`)).rejects.toThrow(DatabaseOpenError)
  })

  it('says that a file cut off in the middle is damaged', async () => {
    const database = await openDatabase(url)
    await migrate(database, { name: 'test', steps: [['CREATE TABLE item (text TEXT)']] })
    await database.write(session => session.run('INSERT INTO item VALUES (?)', ['x'.repeat(100_000)]))
    await database.read(session => session.all('PRAGMA wal_checkpoint(TRUNCATE)'))
    await database.close()
    const cut = join(folder.path, 'cut.db')
    copyFileSync(path, cut)
    truncateSync(cut, 8192)
    const used = openDatabase(`sqlite://${cut}`).then(opened =>
      opened.read(session => session.all('SELECT * FROM item'))
    )
    await expect(used).rejects.toThrow(DatabaseCorruptError)
    await expect(used).rejects.toThrow(cut)
  })

  it('is made soundly by ten processes at once', async () => {
    const fixtures = Array.from({ length: 10 }, (_, number) =>
      runScript(new URL('./fixtures/counter.js', import.meta.url), path, '5', String(number))
    )
    const exits = await Promise.all(fixtures.map(fixture => fixture.exit))
    expect(exits).toEqual(fixtures.map(() => ({ code: 0, signal: null })))
    const database = await openDatabase(url)
    const rows = await database.read(session => session.all('SELECT count(*) AS count FROM item'))
    expect(rows).toEqual([{ count: 50 }])
    await database.close()
  })
})

describe('sqliteFrom', () => {
  it('takes a handle, and says when it may not be written or the disk is full', async () => {
    const folder = temporaryFolder()
    const handle = new Database(join(folder.path, 'own.db'))
    const database = await sqliteFrom(handle)
    expect(database.location).toBe(join(folder.path, 'own.db'))
    await migrate(database, { name: 'test', steps: [['CREATE TABLE item (text TEXT)']] })
    const insert = (): Promise<number> =>
      database.write(session => session.run('INSERT INTO item VALUES (?)', ['x'.repeat(100_000)]))

    handle.exec('PRAGMA max_page_count = 10')
    await expect(Promise.all([insert(), insert()])).rejects.toThrow(DatabaseFullError)
    handle.exec('PRAGMA max_page_count = 100000')
    handle.exec('PRAGMA query_only = 1')
    await expect(insert()).rejects.toThrow(DatabaseReadOnlyError)
    handle.exec('PRAGMA query_only = 0')
    await insert()
    expect(await database.read(session => session.all('SELECT count(*) AS count FROM item'))).toEqual([{ count: 1 }])
    await database.close()
    expect(existsSync(join(folder.path, 'own.db'))).toBe(true)
    folder.dispose()
  })

  it('works in memory', async () => {
    const database = await sqliteFrom(new Database(':memory:'))
    expect(await database.read(session => session.all('SELECT ? AS value', [new Uint8Array([1, 2])]))).toEqual([
      { value: new Uint8Array([1, 2]) }
    ])
    await expect(database.write(session => session.run('INSERT INTO nowhere VALUES (1)'))).rejects.toThrow(
      DatabaseError
    )
    await database.close()
  })
})

describe('migrate', () => {
  it('goes on from the version that is there, and refuses a newer one', async () => {
    const folder = temporaryFolder()
    const database = await openDatabase(`sqlite://${join(folder.path, 'umbel.db')}`)
    const first = ['CREATE TABLE item (text TEXT)']
    const second = ['ALTER TABLE item ADD COLUMN more TEXT']
    await migrate(database, { name: 'test', steps: [first] })
    await migrate(database, { name: 'test', steps: [first, second] })
    await migrate(database, { name: 'test', steps: [first, second] })
    await database.write(session => session.run('INSERT INTO item VALUES (?, ?)', ['a', 'b']))
    const older = migrate(database, { name: 'test', steps: [first] })
    await expect(older).rejects.toThrow(DatabaseVersionError)
    await expect(older).rejects.toThrow(database.location)
    await database.close()
    folder.dispose()
  })
})
