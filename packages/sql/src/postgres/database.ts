import { type Clock, createDeferred, toError } from '@umbel/runtime'
import type { SqlDatabase, SqlSession, Topics, WriteOptions } from '../contract.js'
import { postgresDialect } from '../dialect.js'
import { DatabaseClosedError, DatabaseError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'
import { NotificationBell } from './bell.js'
import { clientSession } from './client-session.js'
import type { Connections, Lent } from './connections.js'
import { encodeNews } from './news.js'
import type { ServerClock } from './server-clock.js'
import { PostgresSession } from './session.js'
import { Statements } from './statements.js'
import { isConflict } from './translate.js'

/** How often a transaction that gave way to another is tried again. */
const MOST_CONFLICTS = 10

export interface PostgresDatabaseOptions {
  readonly connections: Connections
  /** With password; undefined: the pool is the caller's. */
  readonly address: string | undefined
  /** Without password. */
  readonly url: string
  readonly schema: string
  readonly settings: DatabaseSettings
  readonly serverClock: ServerClock
}

/** A server, through a pool of connections. Each write is a transaction of its own, several at a time. */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = postgresDialect
  readonly url: string
  readonly address: string | undefined
  readonly #connections: Connections
  readonly #channel: string
  readonly #serverClock: ServerClock
  readonly #statements = new Statements()
  readonly #bell: NotificationBell
  readonly #ended = createDeferred<Error | undefined>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined
  #failure: Error | undefined

  constructor({ connections, url, address, schema, settings, serverClock }: PostgresDatabaseOptions) {
    this.url = url
    this.address = address
    this.#connections = connections
    this.#serverClock = serverClock
    this.#channel = `umbel_${schema}`.slice(0, 60).replaceAll('"', '_')
    this.#bell = new NotificationBell({
      connections,
      channel: this.#channel,
      location: url,
      settings,
      serverClock,
      failed: error => this.fail(error)
    })
  }

  get location(): string {
    return this.url
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  clockFrom(clock: Clock): Clock {
    return this.#serverClock.from(clock)
  }

  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#track(this.#loosely(work))
  }

  async write<T>(work: (session: SqlSession) => Promise<T>, { loose = false }: WriteOptions = {}): Promise<T> {
    this.#checkOpen()
    return this.#track(loose ? this.#loosely(work) : this.#transaction(work))
  }

  async within<T>(client: unknown, work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    const session = clientSession(client, this.#statements, this.url)
    const result = await work(session)
    // In their transaction, as nobody but them knows when it commits; from nobody, so that we are rung too.
    for (const news of encodeNews('', session.topics))
      await session.all('SELECT pg_notify(?, ?)', [this.#channel, news])
    session.end()
    return result
  }

  onCommit(ring: () => void, topics?: Topics): { close(): void } {
    if (this.#closing !== undefined || this.#failure !== undefined) return { close: () => undefined }
    return this.#bell.add(ring, topics)
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  /** For good: a connection was lost, and with it what hung on it; the owner opens the database anew. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return
    this.#failure = error
    this.#ended.resolve(error)
    this.#connections.abandon()
    setImmediate(() => void this.close())
  }

  /** Statements one by one, on one connection. */
  #loosely<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#connections.use(connection => this.#perform(connection, work))
  }

  async #transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        return await this.#connections.use(connection => this.#attempt(connection, work))
      } catch (thrown) {
        if (!isConflict(thrown) || conflicts === MOST_CONFLICTS) throw thrown
      }
    }
  }

  async #attempt<T>(connection: Lent, work: (session: SqlSession) => Promise<T>): Promise<T> {
    // Not awaited: the first statement goes with it.
    const begun = connection.command('BEGIN')
    begun.catch(() => undefined)
    const commit = async (): Promise<void> => {
      await begun
      // Of a transaction in which a statement failed PostgreSQL says so here, not as an error.
      if ((await connection.command('COMMIT')) !== 'COMMIT')
        throw new DatabaseError(`${this.url}: a statement had failed; the transaction was rolled back`)
    }
    try {
      return await this.#perform(connection, work, commit)
    } catch (thrown) {
      await connection.command('ROLLBACK').catch(() => connection.giveBack(true))
      throw thrown
    }
  }

  async #perform<T>(
    connection: Lent,
    work: (session: SqlSession) => Promise<T>,
    commit: () => Promise<void> = nothing
  ): Promise<T> {
    const session = new PostgresSession(this.#statements, (statement, values) => connection.query(statement, values))
    try {
      const result = await work(session)
      await commit()
      this.#bell.announce(session.topics)
      return result
    } finally {
      session.end()
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(toError)
    this.#underWay.add(settled)
    try {
      return await work
    } catch (thrown) {
      throw this.#failure ?? thrown
    } finally {
      this.#underWay.delete(settled)
    }
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#underWay)
    await this.#bell.stop()
    await this.#connections.end()
    this.#ended.resolve(this.#failure)
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw new DatabaseClosedError(`${this.url}: the database was closed`)
  }
}

async function nothing(): Promise<void> {
  // Statements that commit by themselves.
}
