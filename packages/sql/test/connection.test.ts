import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { DatabaseBusyError } from '@umbel/sql'
import { temporaryFolder } from '@umbel/test-kit'
import Database from 'libsql'
import { SqliteConnection } from '../src/sqlite/connection.js'

describe('a SQLite connection that was refused as busy while it read', () => {
  const COUNT = 'SELECT count(*) AS count FROM sqlite_master'
  let folder: ReturnType<typeof temporaryFolder>
  let other: Database.Database
  let connection: SqliteConnection

  beforeEach(() => {
    folder = temporaryFolder()
    const path = join(folder.path, 'shared.db')
    connection = new SqliteConnection(new Database(path), path)
    other = new Database(path)
    for (const each of [connection, other]) each.exec('PRAGMA busy_timeout = 2')
    other.exec('CREATE TABLE item (text TEXT)')
    expect(connection.all(COUNT)).toEqual([{ count: 1 }])
    other.exec('BEGIN EXCLUSIVE')
    expect(() => connection.all(COUNT)).toThrow(DatabaseBusyError)
  })

  afterEach(() => {
    connection.close()
    other.close()
    folder.dispose()
  })

  it('can write after others have written, though it never reads the same again', () => {
    other.exec('COMMIT')
    connection.all('PRAGMA journal_mode = WAL')
    expect(connection.all('SELECT * FROM item')).toEqual([])
    other.exec("INSERT INTO item VALUES ('x')")
    connection.exec('BEGIN IMMEDIATE')
    expect(connection.run("INSERT INTO item VALUES ('y')")).toBe(1)
    connection.exec('COMMIT')
    expect(connection.all('SELECT text FROM item')).toEqual([{ text: 'x' }, { text: 'y' }])
  })

  it('is refused again while the other goes on', () => {
    expect(() => connection.exec('BEGIN IMMEDIATE')).toThrow(DatabaseBusyError)
    expect(() => connection.run("INSERT INTO item VALUES ('y')")).toThrow(DatabaseBusyError)
    expect(() => connection.all('SELECT * FROM item')).toThrow(DatabaseBusyError)
    other.exec('COMMIT')
    expect(connection.all('SELECT * FROM item')).toEqual([])
  })
})
