import type { SqlDatabase } from './contract.js'
import type { DatabaseOptions } from './options.js'
import { openSqlite } from './sqlite/open.js'
import { locateSqlite } from './url.js'

/**
 * Opens the database of a URL: `sqlite:///absolute/path.db`, `sqlite://relative/path.db`, or `sqlite://` and nothing
 * for `UMBEL_DB` or else `.umbel/umbel.db` beside the nearest package.json. Share one through `SqlDatabases`.
 * @throws DatabaseUrlError, DatabaseOpenError, DatabaseCorruptError, ForeignDatabaseError, DatabaseVersionError
 */
export async function openDatabase(url?: string, options: DatabaseOptions = {}): Promise<SqlDatabase> {
  return openSqlite(locateSqlite(url, options), options)
}
