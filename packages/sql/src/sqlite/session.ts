import type { SqlRow, SqlSession, SqlValue } from '../contract.js'
import { DatabaseError } from '../errors.js'
import type { SqliteConnection } from './connection.js'

/** The connection for the time of one read or write. */
export class SqliteSession implements SqlSession {
  readonly #connection: SqliteConnection
  #ended = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  async all(sql: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    this.#check()
    return this.#connection.all(sql, parameters)
  }

  async run(sql: string, parameters?: readonly SqlValue[]): Promise<number> {
    this.#check()
    return this.#connection.run(sql, parameters)
  }

  end(): void {
    this.#ended = true
  }

  #check(): void {
    if (this.#ended) throw new DatabaseError(`${this.#connection.location}: the session was used after its work ended`)
  }
}
