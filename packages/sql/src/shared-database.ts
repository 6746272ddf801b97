import { type Clock, createDeferred } from '@umbel/runtime'
import type { SqlDatabase, SqlDialect, SqlSession, Topics, WriteOptions } from './contract.js'
import { DatabaseClosedError } from './errors.js'

/** One user's hold on a database that others use too. */
export class SharedDatabase implements SqlDatabase {
  readonly dialect: SqlDialect
  readonly location: string
  readonly url: string
  readonly address: string | undefined
  readonly #database: SqlDatabase
  readonly #release: () => Promise<void>
  readonly #bells = new Set<{ close(): void }>()
  readonly #ended = createDeferred<Error | undefined>()
  #closing: Promise<void> | undefined

  constructor(database: SqlDatabase, release: () => Promise<void>) {
    this.#database = database
    this.dialect = database.dialect
    this.location = database.location
    this.url = database.url
    this.address = database.address
    this.#release = release
    void database.closed.then(reason => this.#ended.resolve(reason))
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  clockFrom(clock: Clock): Clock {
    return this.#database.clockFrom(clock)
  }

  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#database.read(work)
  }

  async write<T>(work: (session: SqlSession) => Promise<T>, options?: WriteOptions): Promise<T> {
    this.#checkOpen()
    return this.#database.write(work, options)
  }

  async within<T>(client: unknown, work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#database.within(client, work)
  }

  onCommit(ring: () => void, topics?: Topics): { close(): void } {
    if (this.#closing !== undefined) return { close: () => undefined }
    const inner = this.#database.onCommit(ring, topics)
    const bell = {
      close: () => {
        this.#bells.delete(bell)
        inner.close()
      }
    }
    this.#bells.add(bell)
    return bell
  }

  fail(error: Error): void {
    this.#database.fail?.(error)
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #finish(): Promise<void> {
    for (const bell of this.#bells) bell.close()
    await this.#release()
    this.#ended.resolve(undefined)
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new DatabaseClosedError(`${this.location}: the database was closed`)
  }
}
