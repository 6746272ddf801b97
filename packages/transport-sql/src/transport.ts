import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { systemClock } from '@umbel/runtime'
import {
  type DatabaseOptions,
  describeUrl,
  migrate,
  postgresSchemes,
  type SqlDatabase,
  SqlDatabases,
  sqliteSchemes
} from '@umbel/sql'
import { type Connection, type ConnectOptions, type Transport, type TransportCapabilities } from '@umbel/transport'
import { compileLease, virtualConnection } from '@umbel/transport/virtual'
import { toConnectionError } from './guarded-database.js'
import { startLeaseThread } from './lease-keeper.js'
import { compileTransportOptions } from './options.js'
import { schema } from './schema.js'
import { SqlStore } from './store.js'

export interface SqlOptions {
  /** Give the backend the same, and both share one database per file or server. Default: one of its own. */
  readonly databases?: SqlDatabases
}

/**
 * Tables as a broker: SQLite, no server, any number of processes on one machine; or PostgreSQL.
 * (kombu.transport.sqlalchemy, but with tables of our own)
 */
export function sql(options: SqlOptions = {}): Transport {
  const databases = options.databases ?? new SqlDatabases()
  return {
    name: 'sql',
    schemes: [...sqliteSchemes, ...postgresSchemes],
    capabilities,
    connect: (url, connectOptions = {}) => connect(databases, url, connectOptions)
  }
}

const capabilities: TransportCapabilities = {
  confirms: true,
  fanout: true,
  ttl: true,
  priorities: true,
  priorityOrder: 'higher-first',
  delays: true,
  atomic: true,
  prefetch: 'consumer',
  starts: true,
  transactions: true,
  redelivers: 'on-lease-end'
}

async function connect(databases: SqlDatabases, url: string, options: ConnectOptions): Promise<Connection> {
  const lease = compileLease(options.lease)
  const { clock = systemClock, leaseThread = false, name = defaultName() } = options
  const { databaseOptions, virtualOptions } = compileTransportOptions(options.transportOptions ?? {})
  const { timeout: openTimeout } = options
  const database = await open(
    databases,
    url,
    openTimeout === undefined ? databaseOptions : { openTimeout, ...databaseOptions }
  )
  const { address } = database
  const store = new SqlStore(database, {
    clock,
    lease,
    name,
    holder: options.holder,
    ...(leaseThread && address !== undefined
      ? { leaseThread: (consumer: number) => startLeaseThread({ url: address, consumer, lease }) }
      : {})
  })
  return virtualConnection(store, { url: database.url, clock, ...virtualOptions })
}

async function open(databases: SqlDatabases, url: string, options: DatabaseOptions): Promise<SqlDatabase> {
  try {
    const database = await databases.open(url, options)
    await migrate(database, schema, { timeout: options.openTimeout }).catch(async (error: unknown) => {
      await database.close()
      throw error
    })
    return database
  } catch (thrown) {
    throw toConnectionError(thrown, describe(url))
  }
}

/** undefined: the URL leads nowhere. */
function describe(url: string): string | undefined {
  try {
    return describeUrl(url)
  } catch {
    return undefined
  }
}

function defaultName(): string {
  return `${process.pid}@${hostname()}/${randomUUID().slice(0, 8)}`
}
