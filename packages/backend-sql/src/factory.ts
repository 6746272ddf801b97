import { BackendError, type BackendFactory, type BackendOptions, type ResultBackend } from '@umbel/backend'
import { toError, UmbelError } from '@umbel/runtime'
import { migrate, postgresSchemes, type SqlDatabase, SqlDatabases, sqliteSchemes } from '@umbel/sql'
import { SqlBackend } from './backend.js'
import { schema } from './schema.js'

export interface SqlBackendOptions {
  /** Give the transport the same, and both share one database per file or server. Default: one of its own. */
  readonly databases?: SqlDatabases
}

/** Results in tables of SQLite or PostgreSQL. (celery.backends.database, with push and chords, and tables of our own) */
export function sqlBackend(options: SqlBackendOptions = {}): BackendFactory {
  const databases = options.databases ?? new SqlDatabases()
  return {
    name: 'sql',
    schemes: [...sqliteSchemes, ...postgresSchemes],
    connect: (url, backendOptions = {}) => connect(databases, url, backendOptions)
  }
}

async function connect(databases: SqlDatabases, url: string, options: BackendOptions): Promise<ResultBackend> {
  let database: SqlDatabase | undefined
  try {
    database = await databases.open(url)
    await migrate(database, schema)
    return new SqlBackend(database, options)
  } catch (thrown) {
    await database?.close()
    const cause = toError(thrown)
    throw new BackendError(cause.message, { cause, recoverable: cause instanceof UmbelError && cause.recoverable })
  }
}
