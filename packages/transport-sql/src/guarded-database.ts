import { toError, UmbelError } from '@umbel/runtime'
import { DatabaseBusyError, DatabaseError, DatabaseFullError, type SqlDatabase, type SqlSession } from '@umbel/sql'
import { ConnectionError } from '@umbel/transport'

/**
 * A database whose failures end the connection, as ConnectionErrors. That it is busy or full is no failure: the caller
 * is told, and may try again.
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

  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#database.write(work).catch(rethrow)
  }

  onCommit(ring: () => void): { close(): void } {
    return this.#database.onCommit(ring)
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

function rethrow(thrown: unknown): never {
  const passes =
    !(thrown instanceof DatabaseError) || thrown instanceof DatabaseBusyError || thrown instanceof DatabaseFullError
  throw passes ? thrown : toConnectionError(thrown)
}
