import { types } from 'node:util'
import type { SqlRow, SqlValue } from '../contract.js'
import { DatabaseBusyError, DatabaseCorruptError, DatabaseIoError } from '../errors.js'
import type { SqliteHandle, SqliteStatement } from './handle.js'
import { translate } from './translate.js'

const STATEMENTS_KEPT = 256

/** A library handle with a statement cache, one way to pass parameters, and our errors. Synchronous. */
export class SqliteConnection {
  readonly location: string
  readonly #handle: SqliteHandle
  readonly #statements = new Map<string, SqliteStatement>()
  readonly #spreads: boolean
  #broken: ((error: Error) => void) | undefined
  /** Reading that was refused as busy. */
  #refused: (() => unknown) | undefined
  #open = true

  constructor(handle: SqliteHandle, location: string) {
    this.#handle = handle
    this.location = location
    this.#spreads = handle.pragma === undefined
  }

  /** `broken` is told of errors after which this handle is of no more use. */
  guard(broken: (error: Error) => void): void {
    this.#broken = broken
  }

  all(sql: string, parameters: readonly SqlValue[] = []): readonly SqlRow[] {
    try {
      this.#finishRefused()
      const statement = this.#prepare(sql)
      const read = (): unknown[] => (this.#spreads ? statement.all(...parameters) : statement.all(parameters))
      const rows = this.#reading(read)
      for (const row of rows) normalizeBlobs(row as Record<string, unknown>)
      return rows as SqlRow[]
    } catch (thrown) {
      throw this.#explain(thrown)
    }
  }

  run(sql: string, parameters: readonly SqlValue[] = []): number {
    try {
      this.#finishRefused()
      const statement = this.#prepare(sql)
      const { changes } = this.#spreads ? statement.run(...parameters) : statement.run(parameters)
      return Number(changes)
    } catch (thrown) {
      throw this.#explain(thrown)
    }
  }

  exec(sql: string): void {
    try {
      this.#finishRefused()
      this.#handle.exec(sql)
    } catch (thrown) {
      throw this.#explain(thrown)
    }
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    // libsql keeps the file open until its statements are collected.
    this.#statements.clear()
    this.#handle.close()
  }

  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (thrown) {
      if (translate(thrown, this.location) instanceof DatabaseBusyError) this.#refused = read
      throw thrown
    }
  }

  /**
   * libsql does not reset a statement that was refused as busy. SQLite takes it for a reader that goes on, keeps the
   * next snapshot for it, and refuses every write as soon as another process has written. So it is read to its end,
   * or refused once more, before anything else.
   */
  #finishRefused(): void {
    const refused = this.#refused
    if (refused === undefined) return
    this.#refused = undefined
    this.#reading(refused)
  }

  #explain(thrown: unknown): Error {
    const error = translate(thrown, this.location)
    if (error instanceof DatabaseCorruptError || error instanceof DatabaseIoError) this.#broken?.(error)
    return error
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#handle.prepare(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > STATEMENTS_KEPT) this.#dropOldest()
    return statement
  }

  #dropOldest(): void {
    const [oldest] = this.#statements.keys()
    if (oldest !== undefined) this.#statements.delete(oldest)
  }
}

/** libsql answers blobs as ArrayBuffer, the others as Uint8Array. */
function normalizeBlobs(row: Record<string, unknown>): void {
  for (const column in row) {
    const value = row[column]
    if (typeof value === 'object' && value !== null && types.isAnyArrayBuffer(value))
      row[column] = new Uint8Array(value)
  }
}
