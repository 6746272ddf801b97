import { isDeepStrictEqual } from 'node:util'
import { toError } from '@umbel/runtime'
import { perDialect, type SqlRow, type SqlSession } from '@umbel/sql'
import type { GuardedDatabase } from './guarded-database.js'
import { type Binding, type Exchange, type ExchangeType, type Queue, TopologyError } from '@umbel/transport'
import type { ExchangeRoutes } from '@umbel/transport/virtual'
import { state } from './schema.js'

const TYPES: readonly unknown[] = ['direct', 'topic', 'fanout', 'headers'] satisfies readonly ExchangeType[]
const PREDECLARED = /^amq\.(direct|topic|fanout|headers)$/

/** @throws TopologyError when one exists and differs */
export async function declareExchanges(database: GuardedDatabase, exchanges: readonly Exchange[]): Promise<void> {
  const known = await readDefinitions(database, 'exchange', exchanges)
  if (known === exchanges.length) return
  await database.write(async session => {
    for (const exchange of exchanges) {
      if (await isKnown(session, 'exchange', exchange)) continue
      const made = await session.run(
        'INSERT INTO umbel_exchange (name, definition) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
        [exchange.name, JSON.stringify(exchange)]
      )
      // Somebody was quicker: is theirs the same?
      if (made === 0) await isKnown(session, 'exchange', exchange)
    }
  })
}

/** `owner`: the consumer to whom exclusive ones belong. @throws TopologyError when one exists and differs */
export async function declareQueues(
  database: GuardedDatabase,
  queues: readonly Queue[],
  owner: () => Promise<number>
): Promise<void> {
  const exclusive = queues.some(queue => queue.exclusive === true)
  const known = await readDefinitions(database, 'queue', queues)
  if (known === queues.length && !exclusive) return
  const consumer = exclusive ? await owner() : undefined
  await database.write(async session => {
    for (const queue of queues) {
      await checkOwner(session, queue, consumer)
      if (await isKnown(session, 'queue', queue)) continue
      const made = await session.run(
        `INSERT INTO umbel_queue (name, definition, message_ttl, auto_delete, owner) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (name) DO NOTHING`,
        [
          queue.name,
          JSON.stringify(queue),
          messageTtl(queue),
          queue.autoDelete === true ? 1 : 0,
          ownerOf(queue, consumer)
        ]
      )
      if (made > 0) continue
      await checkOwner(session, queue, consumer)
      await isKnown(session, 'queue', queue)
    }
  })
}

/** @throws TopologyError when an exchange was never declared */
export async function bindQueues(database: GuardedDatabase, bindings: readonly Binding[]): Promise<void> {
  await database.write(async session => {
    for (const binding of bindings) {
      if ((await lookupIn(session, binding.exchange)) === undefined)
        throw new TopologyError(
          `queue "${binding.queue}" cannot be bound: exchange "${binding.exchange}" was never declared`
        )
      await session.run(
        'INSERT INTO umbel_binding (exchange, queue, routing_key, arguments) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        [binding.exchange, binding.queue, binding.routingKey ?? '', JSON.stringify(binding.arguments ?? {})]
      )
    }
  })
}

export function lookup(database: GuardedDatabase, exchange: string): Promise<ExchangeRoutes | undefined> {
  return database.read(session => lookupIn(session, exchange))
}

/** Removes a queue with all that is ready or delayed; what is taken may still be settled. */
export async function dropQueue(session: SqlSession, queue: string): Promise<void> {
  await session.run('DELETE FROM umbel_message WHERE queue = ? AND state IN (?, ?)', [
    queue,
    state.ready,
    state.delayed
  ])
  await session.run('UPDATE umbel_message SET state = ? WHERE queue = ? AND state = ?', [
    state.orphaned,
    queue,
    state.taken
  ])
  await session.run('DELETE FROM umbel_binding WHERE queue = ?', [queue])
  await session.run('DELETE FROM umbel_queue WHERE name = ?', [queue])
}

const sql = perDialect(({ among, amongNumbers }) => ({
  owned: `SELECT name FROM umbel_queue WHERE owner ${amongNumbers}`,
  unheard: `SELECT name FROM umbel_queue WHERE auto_delete = 1 AND name ${among}
    AND NOT EXISTS (SELECT 1 FROM umbel_listener WHERE queue = umbel_queue.name)`
}))

/** Removes the queues that end with these consumers. Call it when their listeners are gone. */
export async function dropQueuesOf(
  session: SqlSession,
  consumers: readonly number[],
  heard: readonly string[]
): Promise<void> {
  const owned = await session.all(sql(session).owned, [JSON.stringify(consumers)])
  const unheard = await session.all(sql(session).unheard, [JSON.stringify(heard)])
  for (const row of [...owned, ...unheard]) await dropQueue(session, String(row['name']))
}

async function lookupIn(session: SqlSession, exchange: string): Promise<ExchangeRoutes | undefined> {
  const [row] = await session.all('SELECT definition FROM umbel_exchange WHERE name = ?', [exchange])
  const type = row === undefined ? PREDECLARED.exec(exchange)?.[1] : typeOf(exchange, row['definition'])
  if (type === undefined) return undefined
  const rows = await session.all('SELECT queue, routing_key, arguments FROM umbel_binding WHERE exchange = ?', [
    exchange
  ])
  const bindings = rows.map(binding => ({
    exchange,
    queue: String(binding['queue']),
    routingKey: String(binding['routing_key']),
    // Looked at by this type alone: what cannot be read in others' stops nobody.
    arguments: type === 'headers' ? readDefinition(binding['arguments'], bindingRow(exchange, binding)) : {}
  }))
  return { type: type as ExchangeType, bindings }
}

function typeOf(exchange: string, definition: unknown): ExchangeType {
  const row: RowName = { table: 'umbel_exchange', key: `exchange "${exchange}"` }
  const { type = 'direct' } = readDefinition(definition, row)
  if (TYPES.includes(type)) return type as ExchangeType
  throw unreadable(row, definition, `expected a type of ${TYPES.join(', ')}`)
}

function bindingRow(exchange: string, { queue, routing_key: key }: SqlRow): RowName {
  return { table: 'umbel_binding', key: `binding of queue "${String(queue)}" to "${exchange}" by "${String(key)}"` }
}

/** How many of them exist as wanted: declaring again is the usual case, and needs no write. */
async function readDefinitions(
  database: GuardedDatabase,
  kind: 'exchange' | 'queue',
  entities: readonly (Exchange | Queue)[]
): Promise<number> {
  return database.read(async session => {
    let known = 0
    for (const entity of entities) if (await isKnown(session, kind, entity)) known++
    return known
  })
}

async function isKnown(session: SqlSession, kind: 'exchange' | 'queue', wanted: Exchange | Queue): Promise<boolean> {
  const [row] = await session.all(`SELECT definition FROM umbel_${kind} WHERE name = ?`, [wanted.name])
  if (row === undefined) return false
  const known = readDefinition(row['definition'], { table: `umbel_${kind}`, key: `${kind} "${wanted.name}"` })
  checkSame(kind, known, { ...(JSON.parse(JSON.stringify(wanted)) as Definition), name: wanted.name })
  return true
}

const DEFAULTS = { type: 'direct', durable: true, autoDelete: false, exclusive: false, arguments: {} }

type Definition = Readonly<Record<string, unknown>>

function checkSame(kind: string, existing: Definition, wanted: Definition & { readonly name: string }): void {
  const before: Definition = { ...DEFAULTS, ...existing }
  const after: Definition = { ...DEFAULTS, ...wanted }
  for (const [name, value] of Object.entries(before)) {
    if (isDeepStrictEqual(value, after[name])) continue
    const text = `exists with ${name} ${JSON.stringify(value)}, wanted ${JSON.stringify(after[name])}`
    throw new TopologyError(`${kind} "${wanted.name}" ${text}`)
  }
}

async function checkOwner(session: SqlSession, queue: Queue, consumer: number | undefined): Promise<void> {
  const [row] = await session.all('SELECT owner FROM umbel_queue WHERE name = ?', [queue.name])
  const owner = row?.['owner']
  if (typeof owner === 'number' && owner !== consumer)
    throw new TopologyError(`queue "${queue.name}" is exclusive to another connection`)
}

function ownerOf(queue: Queue, consumer: number | undefined): number | null {
  return queue.exclusive === true ? (consumer ?? null) : null
}

function messageTtl(queue: Queue): number | null {
  const ttl = queue.arguments?.['x-message-ttl']
  return typeof ttl === 'number' ? Math.ceil(ttl) : null
}

/** For errors. */
interface RowName {
  readonly table: string
  readonly key: string
}

/** @throws TopologyError naming the row */
function readDefinition(text: unknown, row: RowName): Definition {
  try {
    const definition: unknown = JSON.parse(String(text))
    if (typeof definition === 'object' && definition !== null && !Array.isArray(definition))
      return definition as Definition
  } catch (cause) {
    throw unreadable(row, text, toError(cause).message)
  }
  throw unreadable(row, text, 'expected a JSON object')
}

function unreadable({ table, key }: RowName, text: unknown, why: string): TopologyError {
  const shown = String(text).slice(0, 60)
  return new TopologyError(
    `${key}: its row in ${table} cannot be read (${why}): ${shown}. Delete the row: it is declared anew`
  )
}
