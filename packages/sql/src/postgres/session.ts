import type { Insertion, SqlRow, SqlSession, SqlValue } from '../contract.js'
import { postgresDialect } from '../dialect.js'
import { DatabaseError } from '../errors.js'
import type { Statement, Statements } from './statements.js'

/** Sends one statement. */
export type Query = (statement: Statement, values: readonly unknown[]) => Promise<Answer>

export interface Answer {
  readonly rows: readonly SqlRow[]
  readonly count: number
}

/** Statements on one connection, or on whichever is free. */
export class PostgresSession implements SqlSession {
  readonly dialect = postgresDialect
  /** What to ring about once it is committed. */
  readonly topics = new Set<string>()
  readonly #statements: Statements
  readonly #query: Query
  #ended = false

  constructor(statements: Statements, query: Query) {
    this.#statements = statements
    this.#query = query
  }

  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return (await this.#send(this.#statements.of(sql), parameters)).rows
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return (await this.#send(this.#statements.of(sql), parameters)).count
  }

  async insert(
    insertion: Insertion,
    rows: readonly (readonly SqlValue[])[],
    parameters: readonly SqlValue[] = []
  ): Promise<void> {
    if (rows.length === 0) return
    const columns = Object.keys(insertion.columns).map((_name, index) => rows.map(row => row[index] ?? null))
    await this.#send(this.#statements.insert(insertion), [...columns, ...parameters])
  }

  announce(topics: Iterable<string>): void {
    for (const topic of topics) this.topics.add(topic)
  }

  end(): void {
    this.#ended = true
  }

  #send(statement: Statement, values: readonly unknown[]): Promise<Answer> {
    if (this.#ended) throw new DatabaseError('a session was used after its work ended')
    return this.#query(statement, values)
  }
}
