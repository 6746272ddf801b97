/**
 * What an open SQLite library handle must look like: libsql, better-sqlite3 and `node:sqlite` all do. Restated
 * here, so that the user brings the library.
 */
export interface SqliteHandle {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
  /** libsql and better-sqlite3 have it, and take parameters as one array; `node:sqlite` has not, and takes them spread. */
  readonly pragma?: unknown
}

export interface SqliteStatement {
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { readonly changes: number | bigint }
}
