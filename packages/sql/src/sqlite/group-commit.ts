import { toError } from '@umbel/runtime'
import type { SqlSession, WriteOptions } from '../contract.js'
import { DatabaseBusyError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'
import type { SqliteConnection } from './connection.js'
import type { Mutex } from './mutex.js'
import { pause } from './retry.js'
import { SqliteSession } from './session.js'

const MOST_UNITS = 500

interface Unit {
  readonly deadline: number
  /** Seconds. */
  readonly timeout: number
  readonly work: (session: SqlSession) => Promise<unknown>
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface GroupCommitOptions {
  readonly connection: SqliteConnection
  readonly mutex: Mutex
  readonly settings: DatabaseSettings
  /** Throws when the database may no longer be written. */
  readonly beforeCommit: () => void
  readonly afterCommit: () => void
}

/** Gathers the writes of a turn into one transaction; a commit costs far more than a statement. */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  #waiting: Unit[] = []
  #running: Promise<void> | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  add<T>(work: (session: SqlSession) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    const { clock, busyTimeout } = this.#options.settings
    const { timeout = busyTimeout } = options
    return new Promise<T>((resolve, reject) => {
      const deadline = clock.monotonic() + timeout * 1000
      this.#waiting.push({ deadline, timeout, work, resolve: value => resolve(value as T), reject })
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined
      })
    })
  }

  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  fail(error: Error): void {
    for (const unit of this.#waiting.splice(0)) unit.reject(error)
  }

  async #run(): Promise<void> {
    for (let refusals = 0; ; ) {
      await endOfTurn()
      if (this.#waiting.length === 0) return
      const begun = await this.#options.mutex.run(() => this.#transaction())
      refusals = begun ? 0 : refusals + 1
      if (!begun) await pause(this.#options.settings, refusals)
    }
  }

  /** False when another process is writing. */
  async #transaction(): Promise<boolean> {
    try {
      this.#options.beforeCommit()
      this.#options.connection.exec('BEGIN IMMEDIATE')
    } catch (thrown) {
      if (thrown instanceof DatabaseBusyError) this.#rejectOverdue()
      else this.fail(toError(thrown))
      return !(thrown instanceof DatabaseBusyError)
    }
    const units = this.#waiting.splice(0, MOST_UNITS)
    await this.#perform(units)
    return true
  }

  async #perform(units: readonly Unit[]): Promise<void> {
    const resolutions: (() => void)[] = []
    try {
      for (const unit of units) {
        const resolve = units.length === 1 ? await this.#work(unit) : await this.#workInSavepoint(unit)
        if (resolve !== undefined) resolutions.push(resolve)
      }
      this.#options.connection.exec(resolutions.length === 0 ? 'ROLLBACK' : 'COMMIT')
    } catch (thrown) {
      this.#rollBack()
      const error = toError(thrown)
      for (const unit of units) unit.reject(error)
      return
    }
    for (const resolve of resolutions) resolve()
    if (resolutions.length > 0) this.#options.afterCommit()
  }

  /** Answers how to resolve the unit once it is committed; nothing when it failed, its changes undone. */
  async #workInSavepoint(unit: Unit): Promise<(() => void) | undefined> {
    const { connection } = this.#options
    connection.exec('SAVEPOINT unit')
    const resolve = await this.#work(unit)
    // A full disk may have rolled back everything: then there is no savepoint, this throws, and all units fail.
    if (resolve === undefined) connection.exec('ROLLBACK TO unit')
    connection.exec('RELEASE unit')
    return resolve
  }

  async #work(unit: Unit): Promise<(() => void) | undefined> {
    const session = new SqliteSession(this.#options.connection)
    try {
      const value = await unit.work(session)
      return () => unit.resolve(value)
    } catch (thrown) {
      unit.reject(toError(thrown))
      return undefined
    } finally {
      session.end()
    }
  }

  #rollBack(): void {
    try {
      this.#options.connection.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back already.
    }
  }

  #rejectOverdue(): void {
    const { connection, settings } = this.#options
    const now = settings.clock.monotonic()
    const overdue = this.#waiting.filter(unit => unit.deadline <= now)
    if (overdue.length === 0) return
    this.#waiting = this.#waiting.filter(unit => unit.deadline > now)
    for (const { timeout, reject } of overdue) {
      const text = `${connection.location}: other processes wrote without a pause for ${timeout} s; nothing was written`
      reject(new DatabaseBusyError(text, { recoverable: true }))
    }
  }
}

function endOfTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
