import { toError } from '@umbel/runtime'
import type { SqlDatabase } from '../contract.js'
import { DatabaseError, DatabaseGoneError, DatabaseOpenError, ForeignDatabaseError } from '../errors.js'
import { compileDatabaseOptions, type DatabaseOptions } from '../options.js'
import { Connections, type Lent } from './connections.js'
import { PostgresDatabase } from './database.js'
import { createPool } from './driver.js'
import type { PgPool } from './pool.js'
import { ServerClock } from './server-clock.js'
import { LOOK_AROUND, SERVER_TIME } from './sql.js'
import type { PostgresLocation } from './url.js'

/** Celery's results and kombu's broker in SQL. */
const FOREIGN = ['celery_taskmeta', 'celery_tasksetmeta', 'kombu_message', 'kombu_queue']

/** Opens the database of a URL through `pg`, or through the caller's own pool. */
export async function openPostgres(
  { url, shown }: PostgresLocation,
  options: DatabaseOptions,
  pool?: PgPool
): Promise<SqlDatabase> {
  const settings = compileDatabaseOptions(options)
  let opened: PostgresDatabase | undefined
  const connections = new Connections({
    pool: pool ?? (await createPool(url, settings)),
    borrowed: pool !== undefined,
    location: shown,
    lost: error => opened?.fail(error)
  })
  try {
    const serverClock = new ServerClock()
    const schema = await connections.use(connection => prepare(connection, shown, serverClock))
    const address = pool === undefined ? url : undefined
    opened = new PostgresDatabase({ connections, url: shown, address, schema, settings, serverClock })
    return opened
  } catch (thrown) {
    await connections.end()
    throw toOpenError(thrown)
  }
}

/** A database through a pool of the caller's: `pg`'s Pool. It is not ended with the database. */
export function postgresFrom(pool: PgPool, options: DatabaseOptions = {}): Promise<SqlDatabase> {
  return openPostgres({ url: '', shown: 'postgresql://' }, options, pool)
}

/** Answers the schema where our tables are. */
async function prepare(connection: Lent, location: string, clock: ServerClock): Promise<string> {
  const { rows } = await connection.query(LOOK_AROUND, [FOREIGN])
  const [found] = rows
  if (typeof found?.['foreign_tables'] === 'string') throw foreign(location, found['foreign_tables'])
  if (typeof found?.['schema'] !== 'string')
    throw new DatabaseOpenError(`${location}: no schema of the search_path exists; make it, or name another`)
  if (found['ours'] === null) await createSchemaTable(connection)
  await clock.measure(async () => Number((await connection.query(SERVER_TIME)).rows[0]?.['now']))
  return found['schema']
}

/** IF NOT EXISTS is no help between two who start at once: both look, and one fails. */
async function createSchemaTable(connection: Lent): Promise<void> {
  await connection.command('BEGIN')
  try {
    await connection.command("SELECT pg_advisory_xact_lock(hashtext('umbel_schema'))")
    await connection.command(
      'CREATE TABLE IF NOT EXISTS umbel_schema (name TEXT PRIMARY KEY, version INTEGER NOT NULL)'
    )
    await connection.command('COMMIT')
  } catch (thrown) {
    await connection.command('ROLLBACK').catch(() => undefined)
    throw thrown
  }
}

function foreign(location: string, tables: string): ForeignDatabaseError {
  return new ForeignDatabaseError(
    `${location}: holds tables of Celery or kombu (${tables}), which Umbel neither reads nor writes: its SQL schema is its own. ` +
      'Python and TypeScript meet on Redis or RabbitMQ as broker, and on Redis or rpc:// for results; ' +
      'for Umbel alone choose another database, or another schema (?options=-csearch_path%3Dumbel)'
  )
}

function toOpenError(thrown: unknown): Error {
  const error = toError(thrown)
  if (error instanceof DatabaseGoneError)
    return new DatabaseOpenError(error.message, { cause: error, recoverable: true })
  return error instanceof DatabaseError ? error : new DatabaseOpenError(error.message, { cause: error })
}
