export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Readonly<Record<string, SqlValue>>

/** One database, shared by broker, results and schedules of one URL in one process. */
export interface SqlDatabase {
  readonly dialect: SqlDialect
  /** Where it is, without password: the file's path, or the URL. */
  readonly location: string
  /** Resolves when the database has ended, with the reason if it was not `close()`. */
  readonly closed: Promise<Error | undefined>
  /** Sees only what is committed. `work` awaits nothing but its session, and may be called again after a conflict. */
  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /**
   * One transaction. Writes asked for in the same turn share a commit; one that throws rolls back alone. Waits,
   * without blocking the thread, while other processes write. `work` awaits nothing but its session: neither
   * `read` nor `write`, which would wait for it. @throws DatabaseBusyError after `timeout` seconds
   */
  write<T>(work: (session: SqlSession) => Promise<T>, options?: WriteOptions): Promise<T>
  /** Rings after another process, or this one, committed. May ring for nothing. Never keeps the process alive. */
  onCommit(ring: () => void): { close(): void }
  /** Finishes the writes that were asked for. Idempotent. */
  close(): Promise<void>
}

export interface WriteOptions {
  /** How long to wait for other processes' writes, seconds. @default the database's busyTimeout */
  readonly timeout?: number | undefined
}

export interface SqlSession {
  all(sql: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** Answers how many rows changed. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>
}

/** Where databases differ, as data and small functions. Statements write `?` for parameters. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres'
  /** `FOR UPDATE SKIP LOCKED` or nothing. */
  readonly skipLocked: string
  /** A subquery that unfolds one JSON array parameter into rows with the column `value`. */
  readonly unfold: string
}
