import type { BackendFactory } from '@umbel/backend'
import { createMemory } from '@umbel/memory'
import type { Transport, TransportCapabilities } from '@umbel/transport'
import type { SqlDrivers } from './sql.js'

export interface Drivers {
  readonly transports: readonly Transport[]
  readonly backends: readonly BackendFactory[]
}

/** What the SQL driver says of itself, known before it is loaded. A test compares. */
export const SQL_SCHEMES: readonly string[] = [
  'sqlite',
  'sqla+sqlite',
  'sqlalchemy+sqlite',
  'db+sqlite',
  ...postgresSchemes()
]
export const SQL_CAPABILITIES: TransportCapabilities = {
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

/** The same of the Redis driver. */
export const REDIS_SCHEMES: readonly string[] = ['redis', 'rediss', 'redis+socket', 'sentinel']
export const REDIS_CAPABILITIES: TransportCapabilities = {
  confirms: true,
  fanout: true,
  priorities: true,
  priorityOrder: 'lower-first',
  delays: true,
  atomic: true,
  prefetch: 'consumer',
  starts: true,
  redelivers: 'on-lease-end'
}

/** The same of the RabbitMQ driver. */
export const AMQP_SCHEMES: readonly string[] = ['amqp', 'amqps', 'pyamqp', 'librabbitmq']
export const AMQP_CAPABILITIES: TransportCapabilities = {
  confirms: true,
  fanout: true,
  native: true,
  ttl: true,
  priorities: true,
  priorityOrder: 'higher-first',
  delays: true,
  atomic: false,
  prefetch: 'queue',
  unspent: false,
  implicitQueues: false,
  redelivers: 'on-disconnect'
}

export const RPC_SCHEMES: readonly string[] = ['rpc', 'amqp', 'amqps', 'pyamqp']
export const REDIS_BACKEND_SCHEMES: readonly string[] = ['redis', 'rediss', 'sentinel', 'redis+socket', 'socket']

/** As Celery, kombu and SQLAlchemy spell them, with the drivers of Python. */
function postgresSchemes(): readonly string[] {
  const drivers = ['', '+psycopg2', '+psycopg2cffi', '+psycopg', '+pg8000', '+asyncpg']
  return ['', 'db+', 'sqla+', 'sqlalchemy+'].flatMap(prefix =>
    ['postgresql', 'postgres'].flatMap(name => drivers.map(driver => `${prefix}${name}${driver}`))
  )
}

/** Every driver of this version, each loaded when a URL of its is first used; broker and results of one URL share one database. */
export function createDrivers(): Drivers {
  const memory = createMemory()
  let loaded: Promise<SqlDrivers> | undefined
  const sql = (): Promise<SqlDrivers> => (loaded ??= loadSql())
  const stores = [
    lazyBackend('sql', SQL_SCHEMES, sqlStore(sql)),
    { ...lazyBackend('redis', REDIS_BACKEND_SCHEMES, loadRedisStore), encodes: true },
    lazyReplies()
  ]
  return {
    transports: [lazyTransport(sql), lazyRedis, lazyAmqp(), memory.transport],
    backends: [...stores, memory.backend]
  }
}

function lazyTransport(drivers: () => Promise<SqlDrivers>): Transport {
  return {
    name: 'sql',
    schemes: SQL_SCHEMES,
    capabilities: SQL_CAPABILITIES,
    connect: async (url, options) => await (await drivers()).transport.connect(url, options)
  }
}

const lazyRedis: Transport = {
  name: 'redis',
  schemes: REDIS_SCHEMES,
  capabilities: REDIS_CAPABILITIES,
  connect: async (url, options) => {
    const { redis } = await import('@umbel/transport-redis')
    return await redis().connect(url, options)
  }
}

/** One of it, as it warns of each thing once. */
function lazyAmqp(): Transport {
  let loaded: Promise<Transport> | undefined
  return {
    name: 'amqp',
    schemes: AMQP_SCHEMES,
    capabilities: AMQP_CAPABILITIES,
    connect: async (url, options) => await (await (loaded ??= loadAmqp())).connect(url, options)
  }
}

async function loadAmqp(): Promise<Transport> {
  const { amqp } = await import('@umbel/transport-amqp')
  return amqp()
}

function lazyBackend(name: string, schemes: readonly string[], load: () => Promise<BackendFactory>): BackendFactory {
  return { name, schemes, connect: async (url, options) => await (await load()).connect(url, options) }
}

function lazyReplies(): BackendFactory {
  let loaded: Promise<BackendFactory> | undefined
  const load = async (): Promise<BackendFactory> => (await import('@umbel/backend-rpc')).rpcBackend()
  return { ...lazyBackend('rpc', RPC_SCHEMES, () => (loaded ??= load())), replies: true, encodes: true }
}

function sqlStore(drivers: () => Promise<SqlDrivers>): () => Promise<BackendFactory> {
  return async () => (await drivers()).backend
}

async function loadRedisStore(): Promise<BackendFactory> {
  const { redisBackend } = await import('@umbel/backend-redis')
  return redisBackend()
}

async function loadSql(): Promise<SqlDrivers> {
  const { createSqlDrivers } = await import('./sql.js')
  return createSqlDrivers()
}
