import type { SqlDatabase } from './contract.js'
import type { DatabaseOptions } from './options.js'
import { openPostgres } from './postgres/open.js'
import type { PgPool } from './postgres/pool.js'
import { locatePostgres } from './postgres/url.js'
import { openSqlite } from './sqlite/open.js'
import { locateSqlite } from './url.js'

/**
 * Opens the database of a URL: `postgresql://user:password@host/database`, `sqlite:///absolute/path.db`,
 * `sqlite://relative/path.db`, or `sqlite://` and nothing for `UMBEL_DB` or else `.umbel/umbel.db` beside the nearest
 * package.json. Share one through `SqlDatabases`.
 * @throws DatabaseUrlError, DatabaseOpenError, DatabaseCorruptError, ForeignDatabaseError, DatabaseVersionError
 */
export async function openDatabase(url?: string, options: DatabaseOptions = {}): Promise<SqlDatabase> {
  return locate(url, options).open()
}

/** The URL without password, as the database will name itself. @throws DatabaseUrlError */
export function describeUrl(url?: string, options: DatabaseOptions = {}): string {
  return locate(url, options).shown
}

interface Place {
  /** The same for URLs of the same place. */
  readonly key: string
  readonly shown: string
  readonly open: () => Promise<SqlDatabase>
}

/** @throws DatabaseUrlError */
export function locate(url: string | undefined, options: DatabaseOptions, pool?: PgPool): Place {
  const server = locatePostgres(url)
  if (server !== undefined)
    return { key: server.url, shown: server.shown, open: () => openPostgres(server, options, pool) }
  const file = locateSqlite(url, options)
  return { key: file.path, shown: `sqlite://${file.path}`, open: () => openSqlite(file, options) }
}
