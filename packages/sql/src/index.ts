export type { SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue, WriteOptions } from './contract.js'
export { SqlDatabases } from './databases.js'
export {
  DatabaseBusyError,
  DatabaseClosedError,
  DatabaseCorruptError,
  DatabaseError,
  DatabaseFullError,
  DatabaseGoneError,
  DatabaseIoError,
  DatabaseOpenError,
  DatabaseReadOnlyError,
  DatabaseUrlError,
  DatabaseVersionError,
  ForeignDatabaseError
} from './errors.js'
export { migrate, type SqlSchema } from './migrate.js'
export { openDatabase } from './open.js'
export type { DatabaseOptions } from './options.js'
export type { SqliteHandle, SqliteStatement } from './sqlite/handle.js'
export { sqliteFrom } from './sqlite/open.js'
export { locateSqlite, type SqliteLocation, sqliteSchemes } from './url.js'
