import { statSync } from 'node:fs'
import { type Clock, createDeferred } from '@umbel/runtime'
import type { SqlDatabase, SqlSession, WriteOptions } from '../contract.js'
import { sqliteDialect } from '../dialect.js'
import { DatabaseClientError, DatabaseClosedError, DatabaseGoneError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'
import { CommitBell } from './bell.js'
import type { SqliteConnection } from './connection.js'
import { GroupCommit } from './group-commit.js'
import { Mutex } from './mutex.js'
import { whileBusy } from './retry.js'
import { SqliteSession } from './session.js'

/** Milliseconds between looks whether the file is still the one we opened. */
const PRESENCE_CHECK = 250

/** One file, one connection. Its calls take microseconds, so they run in this thread; only waiting is asynchronous. */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect
  readonly location: string
  readonly #connection: SqliteConnection
  readonly #settings: DatabaseSettings
  readonly #mutex = new Mutex()
  readonly #writes: GroupCommit
  readonly #bell: CommitBell
  readonly #ended = createDeferred<Error | undefined>()
  readonly #file: string | undefined
  readonly #identity: string | undefined
  #presenceChecked = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | undefined
  #failure: Error | undefined

  /** `file`: undefined for a database in memory. */
  constructor(connection: SqliteConnection, file: string | undefined, settings: DatabaseSettings) {
    this.#connection = connection
    this.location = connection.location
    this.#settings = settings
    this.#file = file
    this.#identity = identityOf(file)
    connection.guard(error => this.#fail(this.#isGone() ? this.#goneError() : error))
    this.#writes = new GroupCommit({
      connection,
      mutex: this.#mutex,
      settings,
      beforeCommit: () => this.#checkPresence(),
      afterCommit: () => this.#bell.ring()
    })
    this.#bell = new CommitBell({
      file: file === undefined ? undefined : `${file}-wal`,
      version: () => this.#version(),
      settings
    })
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  get url(): string {
    return `sqlite://${this.location}`
  }

  get address(): string | undefined {
    return this.#file === undefined ? undefined : `sqlite://${this.#file.split('/').map(encodeURIComponent).join('/')}`
  }

  /** One machine, one clock. */
  clockFrom(clock: Clock): Clock {
    return clock
  }

  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return whileBusy(this.#settings, () => this.#mutex.run(() => this.#readOnce(work)))
  }

  async write<T>(work: (session: SqlSession) => Promise<T>, options?: WriteOptions): Promise<T> {
    this.#checkOpen()
    return this.#writes.add(work, options)
  }

  within(): Promise<never> {
    const text = `${this.location}: SQLite has no transactions that two libraries share; use PostgreSQL, or delayOnCommit`
    return Promise.reject(new DatabaseClientError(text))
  }

  onCommit(ring: () => void): { close(): void } {
    if (this.#closing !== undefined || this.#failure !== undefined) return { close: () => undefined }
    return this.#bell.add(ring)
  }

  close(): Promise<void> {
    this.#bell.stop()
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #readOnce<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkPresence()
    const session = new SqliteSession(this.#connection)
    try {
      return await work(session)
    } finally {
      session.end()
    }
  }

  async #finish(): Promise<void> {
    await this.#writes.drain()
    await this.#mutex.run(async () => this.#connection.close())
    this.#ended.resolve(this.#failure)
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw new DatabaseClosedError(`${this.location}: the database was closed`)
  }

  #version(): number {
    this.#checkPresence()
    return Number(this.#connection.all('PRAGMA data_version')[0]?.['data_version'])
  }

  /** Whoever opens the path now gets another file: what we write to ours would never be seen. */
  #checkPresence(): void {
    if (this.#failure !== undefined) throw this.#failure
    const now = this.#settings.clock.monotonic()
    if (now - this.#presenceChecked < PRESENCE_CHECK) return
    this.#presenceChecked = now
    if (!this.#isGone()) return
    const gone = this.#goneError()
    this.#fail(gone)
    throw gone
  }

  #isGone(): boolean {
    return this.#file !== undefined && identityOf(this.#file) !== this.#identity
  }

  #goneError(): DatabaseGoneError {
    const text = `${this.location}: the file was removed or replaced while it was open`
    return new DatabaseGoneError(text, { recoverable: true })
  }

  /** For good: this handle is of no more use, another may be. */
  #fail(error: Error): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return
    this.#failure = error
    this.#writes.fail(error)
    this.#ended.resolve(error)
    setImmediate(() => void this.close())
  }
}

function identityOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? 'none' : `${stat.dev}:${stat.ino}`
  } catch {
    return 'out of reach'
  }
}
