import { toError } from '@umbel/runtime'
import { DatabaseDriverError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'
import type { PgPool } from './pool.js'

/** What is asked of `pg`; the library is loaded when the first URL of PostgreSQL is opened. */
interface PgLibrary {
  readonly Pool: new (config: Readonly<Record<string, unknown>>) => PgPool
}

/** @throws DatabaseDriverError naming the package to install */
export async function createPool(url: string, settings: DatabaseSettings): Promise<PgPool> {
  const { Pool } = await loadLibrary()
  return new Pool({
    connectionString: url,
    max: settings.poolSize,
    connectionTimeoutMillis: settings.openTimeout * 1000,
    lock_timeout: Math.ceil(settings.busyTimeout * 1000),
    // A server that is gone without a word: longer than it may wait for a lock, or that would end the connection.
    query_timeout: Math.ceil(settings.busyTimeout * 2000),
    keepAlive: true,
    allowExitOnIdle: true,
    pipeline: true,
    application_name: 'umbel'
  })
}

async function loadLibrary(): Promise<PgLibrary> {
  try {
    const { default: library } = (await import('pg')) as unknown as { readonly default: PgLibrary }
    return library
  } catch (thrown) {
    const cause = toError(thrown)
    throw new DatabaseDriverError(`PostgreSQL needs the package pg: npm install pg (${cause.message})`, { cause })
  }
}
