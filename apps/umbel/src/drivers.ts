import type { BackendFactory } from '@umbel/backend'
import { sqlBackend } from '@umbel/backend-sql'
import { createMemory } from '@umbel/memory'
import { SqlDatabases } from '@umbel/sql'
import type { Transport } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'

export interface Drivers {
  readonly transports: readonly Transport[]
  readonly backends: readonly BackendFactory[]
}

/** Every driver of this version; broker and results of one URL share one database. */
export function createDrivers(): Drivers {
  const databases = new SqlDatabases()
  const memory = createMemory()
  return { transports: [sql({ databases }), memory.transport], backends: [sqlBackend({ databases }), memory.backend] }
}
