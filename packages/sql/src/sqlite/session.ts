import type { Insertion, SqlRow, SqlSession, SqlValue } from '../contract.js'
import { sqliteDialect } from '../dialect.js'
import { DatabaseError } from '../errors.js'
import type { SqliteConnection } from './connection.js'

/** The connection for the time of one read or write. */
export class SqliteSession implements SqlSession {
  readonly dialect = sqliteDialect
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

  async insert(
    insertion: Insertion,
    rows: readonly (readonly SqlValue[])[],
    parameters: readonly SqlValue[] = []
  ): Promise<void> {
    this.#check()
    const sql = insertSql(insertion)
    for (const row of rows) this.#connection.run(sql, [...row, ...parameters])
  }

  announce(): void {
    // One bell for the whole file: its log says that somebody committed, not what.
  }

  end(): void {
    this.#ended = true
  }

  #check(): void {
    if (this.#ended) throw new DatabaseError(`${this.#connection.location}: the session was used after its work ended`)
  }
}

function insertSql({ table, columns, also = {}, conflict }: Insertion): string {
  const names = [...Object.keys(columns), ...Object.keys(also)]
  const values = [...Object.keys(columns).map(() => '?'), ...Object.values(also)]
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values.join(', ')}) ${conflict}`
}
