import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createDatabase, dropDatabase } from './database.js'
import { redisBackend } from '@umbel/backend-redis'
import { sqlBackend } from '@umbel/backend-sql'
import { resolveBackend, type ResultBackend } from '@umbel/backend'
import { type Connection, resolveTransport } from '@umbel/transport'
import { amqp } from '@umbel/transport-amqp'
import { redis } from '@umbel/transport-redis'
import { sql } from '@umbel/transport-sql'

export type ServerName = 'redis' | 'rabbitmq' | 'postgres'
export type BrokerName = 'sqlite' | ServerName

/** Where the messages and results of one project are. */
export interface Ground {
  readonly name: BrokerName
  readonly broker: string
  readonly backend: string
  readonly queue: string
  /** What its processes are told. */
  readonly env: Readonly<Record<string, string>>
  /** It ends with its server. */
  readonly own?: boolean
}

export const SERVERS: readonly ServerName[] = ['redis', 'rabbitmq', 'postgres']
export const BROKERS: readonly BrokerName[] = ['sqlite', ...SERVERS]

/** A file of the project's folder, a database of its own, or a queue and keys of its own on a server of the tests. */
export async function groundOf(name: BrokerName, folder: string): Promise<Ground> {
  if (name === 'postgres') {
    const url = await createDatabase(urlOf(name))
    return groundAt(name, url, url)
  }
  if (name !== 'sqlite') return groundAt(name, urlOf(name), urlOf('redis'))
  const file = join(folder, 'umbel.db')
  const [url, env] = [`sqlite://${file}`, { UMBEL_DB: file }]
  return { name, broker: url, backend: url, queue: 'celery', env }
}

/** On a server of whoever calls. */
export function groundAt(name: ServerName, broker: string, backend: string): Ground {
  const queue = `e2e-${randomUUID()}`
  // Workers that share a result store complete each other's chords.
  const own = name === 'postgres' ? {} : { E2E_PREFIX: `${queue}-` }
  const env = { CELERY_BROKER_URL: broker, CELERY_RESULT_BACKEND: backend, E2E_QUEUE: queue, ...own }
  return { name, broker, backend, queue, env }
}

/** Of the tests' server; `npm test` starts it. */
export function urlOf(name: ServerName): string {
  const variable = `UMBEL_TEST_${name.toUpperCase()}`
  const url = process.env[variable]
  if (url === undefined) throw new Error(`${variable} is not set: npm run services -- up ${name}, or npm test`)
  return url
}

export function connectBroker({ broker, env }: Ground): Promise<Connection> {
  const { E2E_MASTER: master } = env
  const transportOptions = master === undefined ? {} : { master_name: master }
  return resolveTransport(broker, [sql(), redis(), amqp()]).connect(broker, { transportOptions })
}

export function connectBackend({ backend, env }: Ground): Promise<ResultBackend> {
  const { factory, url } = resolveBackend(backend, [sqlBackend(), redisBackend()])
  return factory.connect(url, { expires: 0, transportOptions: { global_keyprefix: env['E2E_PREFIX'] ?? '' } })
}

/** Nothing of it is left but results, which expire. */
export async function leave(ground: Ground): Promise<void> {
  if (ground.name === 'sqlite' || ground.own === true) return
  if (ground.name === 'postgres') return await dropDatabase(ground.broker)
  const connection = await connectBroker(ground)
  const channel = await connection.openChannel()
  for (const queue of [ground.queue, `umbel.dead.${ground.queue}`]) await channel.delete(queue)
  await connection.close()
}
