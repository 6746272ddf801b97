import type { PoolEvents, Report } from './contract.js'

/** Tells the pool's owner of reports and free slots: once per turn, never from inside a call of the owner's. */
export class PoolOutbox {
  readonly #events: PoolEvents
  readonly #idle: () => number
  #accepted: string[] = []
  #reports: Report[] = []
  #concluded: string[] = []
  #wasFull = false
  #immediate: NodeJS.Immediate | undefined

  constructor(events: PoolEvents, idle: () => number) {
    this.#events = events
    this.#idle = idle
  }

  /** Handed over in this turn. */
  accept(keys: readonly string[]): void {
    this.#accepted.push(...keys)
    this.#schedule()
  }

  /** To be told at the end of the turn. */
  report(report: Report): void {
    this.#reports.push(report)
    this.#schedule()
  }

  /** To be told at the end of the turn, after the job's report. */
  conclude(key: string): void {
    this.#concluded.push(key)
    this.#schedule()
  }

  /** To be called whenever the number of free slots has changed. */
  slotsChanged(): void {
    if (this.#idle() === 0) this.#wasFull = true
    else if (this.#wasFull) this.#schedule()
  }

  /** Tells now. */
  flush(): void {
    clearImmediate(this.#immediate)
    this.#immediate = undefined
    const accepted = this.#accepted
    const reports = this.#reports
    this.#accepted = []
    this.#reports = []
    const concluded = this.#concluded
    this.#concluded = []
    if (accepted.length > 0) this.#events.accepted(accepted, process.pid, Date.now())
    if (reports.length > 0) this.#events.finished(reports)
    if (concluded.length > 0) this.#events.concluded(concluded)
    if (!this.#wasFull || this.#idle() === 0) return
    this.#wasFull = false
    this.#events.idle()
  }

  #schedule(): void {
    this.#immediate ??= setImmediate(() => this.flush())
  }
}
