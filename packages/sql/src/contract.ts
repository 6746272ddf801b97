import type { Clock } from '@umbel/runtime'

export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Readonly<Record<string, SqlValue>>

/** One database, shared by broker, results and schedules of one URL in one process. */
export interface SqlDatabase {
  readonly dialect: SqlDialect
  /** Where it is, for errors, without password: the file's path, or the URL. */
  readonly location: string
  /** A URL of it, without password. */
  readonly url: string
  /** A URL by which another thread can open it, with password; undefined: it cannot. Not for logs. */
  readonly address: string | undefined
  /** Resolves when the database has ended, with the reason if it was not `close()`. */
  readonly closed: Promise<Error | undefined>
  /** The clock that all who share the database agree on: `clock`, or the server's driven by it. */
  clockFrom(clock: Clock): Clock
  /**
   * Sees only what is committed; each statement sees what is committed when it begins. `work` awaits nothing but its
   * session, and may be called again after a conflict.
   */
  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  /**
   * One transaction. One that throws rolls back alone. Waits, without blocking the thread, while other processes
   * write. `work` awaits nothing but its session: neither `read` nor `write`, which would wait for it; it may be called
   * again after a conflict. @throws DatabaseBusyError after `timeout` seconds
   */
  write<T>(work: (session: SqlSession) => Promise<T>, options?: WriteOptions): Promise<T>
  /**
   * Works in a transaction that the caller began on a client of their own, and will commit or roll back.
   * @throws DatabaseClientError when the client cannot be used
   */
  within<T>(client: unknown, work: (session: SqlSession) => Promise<T>): Promise<T>
  /**
   * Rings after another process, or this one, committed something about one of the topics (none: anything). May ring
   * for nothing. Never keeps the process alive.
   */
  onCommit(ring: () => void, topics?: Topics): { close(): void }
  /** Ends a server's for all who share it: somebody found out that it does not answer. */
  fail?(error: Error): void
  /** Finishes the writes that were asked for. Idempotent. */
  close(): Promise<void>
}

/** What somebody listens to; a Set, say. Asked anew each time. */
export interface Topics {
  has(topic: string): boolean
}

export interface WriteOptions {
  /** How long to wait for other processes' writes, seconds. @default the database's busyTimeout */
  readonly timeout?: number | undefined
  /** Each statement may be a transaction of its own: saves a server the round trips of BEGIN and COMMIT. @default false */
  readonly loose?: boolean | undefined
}

export interface SqlSession {
  readonly dialect: SqlDialect
  all(sql: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** Answers how many rows changed. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>
  /** Many rows in order, each with a value per column; `parameters` are those of `conflict`. */
  insert(insertion: Insertion, rows: readonly (readonly SqlValue[])[], parameters?: readonly SqlValue[]): Promise<void>
  /** Once committed, rings those who listen to one of the topics. A database that cannot tell topics apart rings all. */
  announce(topics: Iterable<string>): void
}

/** An INSERT of any number of rows. Statements are kept by it: make it once. */
export interface Insertion {
  readonly table: string
  readonly columns: Readonly<Record<string, SqlType>>
  /** Columns that are the same for all rows, as SQL. */
  readonly also?: Readonly<Record<string, string>>
  /** `ON CONFLICT …`; where it updates, no two rows of one call may conflict with each other. */
  readonly conflict: string
}

export type SqlType = 'smallint' | 'bigint' | 'text' | 'bytea'

/** Where databases differ, as data and small functions. Statements write `?` for parameters. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres'
  /** A table with one column `value`, of a JSON array of texts, which is one parameter. Give it an alias. */
  unfold(alias: string): string
  /** `id ${among}`: is it in a JSON array of texts, which is one parameter? */
  readonly among: string
  /** The same for numbers. */
  readonly amongNumbers: string
  /** `id ${unlocked('SELECT id …')}`: is it in the subquery, and does nobody else hold that row? */
  unlocked(select: string): string
  /** Before migrations look at versions: lets one process in at a time. */
  readonly migrationLock: string | undefined
}
