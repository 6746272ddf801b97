import type { BackendFactory } from '@umbel/backend'
import { sqlBackend } from '@umbel/backend-sql'
import { SqlDatabases } from '@umbel/sql'
import type { Transport } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'

export interface SqlDrivers {
  readonly transport: Transport
  readonly backend: BackendFactory
}

/** Broker and results of one URL share one database. */
export function createSqlDrivers(): SqlDrivers {
  const databases = new SqlDatabases()
  return { transport: sql({ databases }), backend: sqlBackend({ databases }) }
}
