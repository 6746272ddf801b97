import { toError } from '@umbel/runtime'
import type { SqlRow } from '../contract.js'
import { DatabaseClosedError } from '../errors.js'
import type { PgPool, PgPoolClient } from './pool.js'
import type { Answer } from './session.js'
import type { Statement } from './statements.js'
import { isLoss, translate } from './translate.js'
import { types } from './types.js'

export interface ConnectionsOptions {
  readonly pool: PgPool
  /** The pool is the caller's: it is not ended, and its connections get no prepared statements. */
  readonly borrowed: boolean
  readonly location: string
  /** A connection was lost. */
  readonly lost: (error: Error) => void
}

/** The pool: lends connections, notices the loss of one, and can end them all at once. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #lent = new Set<Lent>()
  #ended = false
  readonly #onIdleError = (thrown: Error): void => void this.#lose(thrown)

  constructor(options: ConnectionsOptions) {
    this.#options = options
    options.pool.on('error', this.#onIdleError)
  }

  /** @throws DatabaseOpenError, DatabaseGoneError */
  async take(): Promise<Lent> {
    this.#checkOpen()
    const lent = await this.#connect()
    if (this.#ended) lent.giveBack(true)
    this.#checkOpen()
    return lent
  }

  /** Lends one for some work. */
  async use<T>(work: (connection: Lent) => Promise<T>): Promise<T> {
    const connection = await this.take()
    try {
      return await work(connection)
    } finally {
      connection.giveBack()
    }
  }

  /** At once: whoever waits for an answer gets an error. */
  abandon(): void {
    this.#ended = true
    for (const lent of [...this.#lent]) lent.giveBack(true)
  }

  /** Waits for what is under way. */
  async end(): Promise<void> {
    this.#ended = true
    const { pool, borrowed } = this.#options
    // Of our own pool a connection may still report why it ended.
    if (borrowed) pool.removeListener('error', this.#onIdleError)
    else await pool.end()
  }

  /** By callback: before a promise is heard the client may have ended, and its error would end the process. */
  #connect(): Promise<Lent> {
    return new Promise((resolve, reject) => {
      this.#options.pool.connect((error, client) => {
        if (client === undefined) reject(this.#lose(error))
        else resolve(this.#lend(client))
      })
    })
  }

  #lend(client: PgPoolClient): Lent {
    const { borrowed, location, lost } = this.#options
    const lent = new Lent(client, { location, prepares: !borrowed, lost, returned: () => this.#lent.delete(lent) })
    this.#lent.add(lent)
    return lent
  }

  #lose(thrown: unknown): Error {
    const error = translate(thrown, this.#options.location)
    if (isLoss(error)) this.#options.lost(error)
    return error
  }

  #checkOpen(): void {
    if (this.#ended) throw new DatabaseClosedError(`${this.#options.location}: the database was closed`)
  }
}

interface LentOptions {
  readonly location: string
  readonly prepares: boolean
  readonly lost: (error: Error) => void
  readonly returned: () => void
}

/** One connection for the time of some work. */
export class Lent {
  readonly client: PgPoolClient
  readonly #options: LentOptions
  #broken = false
  #returned = false
  readonly #onError = (thrown: unknown): void => void this.#break(thrown)

  constructor(client: PgPoolClient, options: LentOptions) {
    this.client = client
    this.#options = options
    client.on('error', this.#onError)
  }

  /** @throws the errors of @umbel/sql; what PostgreSQL said is the cause */
  async query({ text, name }: Statement, values: readonly unknown[] = []): Promise<Answer> {
    try {
      const result = await this.client.query({ text, values, types, ...(this.#options.prepares ? { name } : {}) })
      return { rows: result.rows as readonly SqlRow[], count: result.rowCount ?? 0 }
    } catch (thrown) {
      throw this.#break(thrown)
    }
  }

  /** A command without parameters; answers what PostgreSQL says it did. */
  async command(text: string): Promise<string> {
    try {
      return (await this.client.query({ text })).command
    } catch (thrown) {
      throw this.#break(thrown)
    }
  }

  giveBack(destroy = this.#broken): void {
    if (this.#returned) return
    this.#returned = true
    this.#options.returned()
    // A connection that is ended may still report why.
    if (!destroy) this.client.removeListener('error', this.#onError)
    this.client.release(destroy)
  }

  #break(thrown: unknown): Error {
    const error = translate(toError(thrown), this.#options.location)
    if (!isLoss(error)) return error
    this.#broken = true
    if (!this.#returned) this.#options.lost(error)
    return error
  }
}
