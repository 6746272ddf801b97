import type { SqlDatabase } from '../contract.js'
import { DatabaseError, DatabaseOpenError } from '../errors.js'
import { compileDatabaseOptions, type DatabaseOptions, type DatabaseSettings } from '../options.js'
import type { SqliteLocation } from '../url.js'
import { SqliteConnection } from './connection.js'
import { SqliteDatabase } from './database.js'
import type { SqliteHandle } from './handle.js'
import { APPLICATION_ID, FORMAT, checkFormat, checkLink, foreign, inspectFile, prepareFolder } from './inspect.js'
import { whileBusy } from './retry.js'
import { translate } from './translate.js'

/** Opens the file through libsql, making it and its folder where they are missing. */
export async function openSqlite(location: SqliteLocation, options: DatabaseOptions): Promise<SqlDatabase> {
  const { path } = location
  prepareFolder(location)
  if (inspectFile(path) === 'fresh') checkLink(path)
  const { default: Database } = await import('libsql')
  let handle: SqliteHandle
  try {
    handle = new Database(path)
  } catch (thrown) {
    throw translate(thrown, path)
  }
  return adopt(handle, path, compileDatabaseOptions(options))
}

/**
 * A database on a handle that the caller opened with libsql, better-sqlite3 or `node:sqlite`. The handle is ours
 * from then on: it is closed with the database.
 */
export async function sqliteFrom(handle: SqliteHandle, options: DatabaseOptions = {}): Promise<SqlDatabase> {
  const [main] = new SqliteConnection(handle, 'SQLite handle').all('PRAGMA database_list')
  const file = typeof main?.['file'] === 'string' && main['file'] !== '' ? main['file'] : undefined
  if (file !== undefined) inspectFile(file)
  return adopt(handle, file, compileDatabaseOptions(options))
}

async function adopt(handle: SqliteHandle, file: string | undefined, settings: DatabaseSettings): Promise<SqlDatabase> {
  const connection = new SqliteConnection(handle, file ?? ':memory:')
  try {
    connection.exec('PRAGMA busy_timeout = 2')
    await whileBusy({ ...settings, busyTimeout: settings.openTimeout }, () => initialize(connection, settings))
    return new SqliteDatabase(connection, file, settings)
  } catch (error) {
    connection.close()
    throw error
  }
}

/** May be called again when it was refused as busy half-way. */
function initialize(connection: SqliteConnection, settings: DatabaseSettings): void {
  if (applicationId(connection) !== APPLICATION_ID) mark(connection)
  checkFormat(connection.location, pragma(connection, 'user_version'))
  const mode = connection.all('PRAGMA journal_mode = WAL')[0]?.['journal_mode']
  if (mode !== 'wal' && mode !== 'memory')
    throw new DatabaseOpenError(
      `${connection.location}: no write-ahead log is possible here (journal mode ${String(mode)})`
    )
  connection.exec(`PRAGMA synchronous = ${settings.synchronous}`)
  connection.exec('PRAGMA cache_size = -16000')
  connection.exec('PRAGMA temp_store = memory')
  connection.exec('PRAGMA journal_size_limit = 67108864')
}

/**
 * Makes an empty file ours. Before the write-ahead log is switched on, so that the mark is in the file itself, where
 * `inspectFile` finds it.
 */
function mark(connection: SqliteConnection): void {
  if (applicationId(connection) !== 0 || countTables(connection) > 0) throw foreign(connection.location)
  connection.exec('BEGIN IMMEDIATE')
  try {
    if (applicationId(connection) !== APPLICATION_ID) {
      if (countTables(connection) > 0) throw foreign(connection.location)
      connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
      connection.exec(`PRAGMA user_version = ${FORMAT}`)
      connection.exec('CREATE TABLE umbel_schema (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID')
    }
    connection.exec('COMMIT')
  } catch (error) {
    if (error instanceof DatabaseError) rollBack(connection)
    throw error
  }
}

function rollBack(connection: SqliteConnection): void {
  try {
    connection.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back already.
  }
}

function applicationId(connection: SqliteConnection): number {
  return pragma(connection, 'application_id')
}

function pragma(connection: SqliteConnection, name: string): number {
  return Number(connection.all(`PRAGMA ${name}`)[0]?.[name])
}

function countTables(connection: SqliteConnection): number {
  return Number(connection.all('SELECT count(*) AS count FROM sqlite_master')[0]?.['count'])
}
