export type {
  Insertion,
  SqlDatabase,
  SqlDialect,
  SqlRow,
  SqlSession,
  SqlType,
  SqlValue,
  Topics,
  WriteOptions
} from './contract.js'
export { SqlDatabases, type SqlDatabasesOptions } from './databases.js'
export { type PerDialect, perDialect } from './dialect.js'
export {
  DatabaseBusyError,
  DatabaseClientError,
  DatabaseClosedError,
  DatabaseCorruptError,
  DatabaseDriverError,
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
export { type MigrationSteps, migrate, type SqlSchema } from './migrate.js'
export { describeUrl, openDatabase } from './open.js'
export type { DatabaseOptions } from './options.js'
export { postgresFrom } from './postgres/open.js'
export type { PgClient, PgPool, PgPoolClient } from './postgres/pool.js'
export { postgresSchemes } from './postgres/url.js'
export type { SqliteHandle, SqliteStatement } from './sqlite/handle.js'
export { sqliteFrom } from './sqlite/open.js'
export { locateSqlite, type SqliteLocation, sqliteSchemes } from './url.js'
