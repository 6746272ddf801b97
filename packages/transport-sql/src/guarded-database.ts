import { toError, UmbelError } from '@umbel/runtime'
import {
  DatabaseBusyError,
  DatabaseClientError,
  DatabaseError,
  DatabaseFullError,
  type SqlDatabase,
  type SqlSession,
  type Topics,
  type WriteOptions
} from '@umbel/sql'
import { ConnectionError } from '@umbel/transport'

/**
 * A database whose failures end the connection, as ConnectionErrors. That it is busy or full is no failure, nor is what
 * went wrong in a transaction of the caller's own: the caller is told, and may try again.
 */
export class GuardedDatabase {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  get location(): string {
    return this.#database.location
  }

  get closed(): Promise<Error | undefined> {
    return this.#database.closed
  }

  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#database.read(work).catch(rethrow)
  }

  write<T>(work: (session: SqlSession) => Promise<T>, options?: WriteOptions): Promise<T> {
    return this.#database.write(work, options).catch(rethrow)
  }

  within<T>(client: unknown, work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#database.within(client, work).catch(rethrow)
  }

  onCommit(ring: () => void, topics: Topics): { close(): void } {
    return this.#database.onCommit(ring, topics)
  }

  fail(error: Error): void {
    this.#database.fail?.(error)
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}

/** The failure of a database as that of a connection. */
export function toConnectionError(thrown: unknown, url?: string): ConnectionError {
  const cause = toError(thrown)
  if (cause instanceof ConnectionError) return cause
  return new ConnectionError(cause.message, {
    cause,
    recoverable: cause instanceof UmbelError && cause.recoverable,
    url
  })
}

const PASSING = [DatabaseBusyError, DatabaseFullError, DatabaseClientError]

function rethrow(thrown: unknown): never {
  const passes = !(thrown instanceof DatabaseError) || PASSING.some(type => thrown instanceof type)
  throw passes ? thrown : toConnectionError(thrown)
}
