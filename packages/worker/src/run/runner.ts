import type { Pool, PoolEvents, Report } from '@umbel/pool'
import { type Clock, createDeferred, type Deferred, type Logger } from '@umbel/runtime'
import type { HeldDelivery, SettlementKind } from '../consume/held.js'
import type { WorkerRequest } from '../consume/request.js'
import type { RevokedIds } from '../consume/revoked.js'
import { logReport } from '../log/report.js'
import type { TaskLog } from '../log/task-log.js'
import type { Consequence } from '../outcome/consequence.js'
import { type Judge, SHUT_DOWN } from '../outcome/judge.js'
import type { Outcomes } from '../outcome/outcomes.js'
import type { StartedRecords } from '../outcome/started.js'
import { Conclusions } from './conclusions.js'
import { Starter } from './starter.js'
import { type Limits, TimeLimits } from './time-limits.js'

export interface RunnerOptions {
  /** Makes the pool that tells its reports to these. */
  readonly pool: (events: Pick<PoolEvents, 'accepted' | 'finished' | 'concluded' | 'idle'>) => Pool
  readonly clock: Clock
  readonly limits: Limits
  readonly revoked: RevokedIds
  readonly judge: Judge
  readonly outcomes: Outcomes
  readonly started: StartedRecords
  readonly earlyAck: (request: WorkerRequest) => SettlementKind
  readonly log: TaskLog
  readonly logger: Logger
  /** Free slots, or what waits, may have changed. */
  readonly changed: () => void
}

/** From a request that is ready to what follows from its report: slots, time limits, revocations of what runs. */
export class Runner {
  readonly pool: Pool
  readonly #options: RunnerOptions
  readonly #starter: Starter
  readonly #limits: TimeLimits
  readonly #conclusions: Conclusions
  readonly #totals = new Map<string, number>()
  #whenEmpty: Deferred<void> | undefined

  constructor(options: RunnerOptions) {
    const { clock, revoked, log, logger } = options
    this.#options = options
    this.pool = options.pool({
      accepted: (keys, pid, at) => this.#accepted(keys, pid, at),
      finished: reports => this.#finished(reports),
      concluded: keys => this.#concluded(keys),
      idle: () => this.#starter.feed()
    })
    this.#conclusions = new Conclusions({
      pool: () => this.pool,
      settle: consequence => options.outcomes.add([consequence]),
      changed: () => this.#changed()
    })
    this.#starter = new Starter({
      pool: this.pool,
      clock,
      revoked,
      logger,
      earlyAck: options.earlyAck,
      discard: (request, why) => this.#discard(request, why),
      congested: () => options.outcomes.congested,
      changed: () => this.#changed()
    })
    options.outcomes.onRelief(() => this.#starter.feed())
    this.#limits = new TimeLimits(clock, options.limits, {
      soft: (request, limit) => {
        log.softLimit(request, limit)
        this.pool.abort([request.key], 'soft-time-limit')
      },
      hard: (request, limit) => {
        log.hardLimit(request, limit)
        this.pool.end(request.key, 'time-limit')
      }
    })
  }

  get freeSlots(): number {
    return this.#starter.freeSlots
  }

  /** Requests that wait for a slot and can be given back. */
  get waiting(): number {
    return this.#starter.waiting
  }

  /** What runs, hooks included. */
  get active(): readonly WorkerRequest[] {
    return [...this.#starter.running.values(), ...this.#conclusions.requests]
  }

  /** What is here and has not begun. */
  get reserved(): readonly WorkerRequest[] {
    return this.#starter.reserved
  }

  /** How many of each name have begun. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#totals)
  }

  /** Something waits or runs, hooks included. */
  get busy(): boolean {
    return !this.#starter.empty || this.#conclusions.size > 0
  }

  add(requests: readonly WorkerRequest[]): void {
    this.#starter.add(requests)
  }

  /** They must not start, whatever follows from those that run. */
  drop(held: readonly HeldDelivery[]): void {
    this.#starter.drop(held)
  }

  /** They are other workers' now: those that run are told, unless nobody else will run them. */
  lose(held: readonly HeldDelivery[]): void {
    this.#starter.drop(held)
    const keys = [...this.#requestsAmong(new Set(held))].map(request => request.key)
    if (keys.length > 0) this.pool.abort(keys, 'lost-lease')
  }

  /** Ends those that run. */
  terminate(ids: ReadonlySet<string>): void {
    for (const request of this.active) if (ids.has(request.id)) this.pool.end(request.key, 'terminated')
  }

  /** Starts nothing more; answers what waited. */
  close(): readonly WorkerRequest[] {
    return this.#starter.close()
  }

  /** Ends what runs, now. */
  async end(): Promise<void> {
    this.#starter.end()
    await this.pool.terminate?.()
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    if (!this.busy) return
    this.#whenEmpty ??= createDeferred<void>()
    await this.#whenEmpty.promise
  }

  async stop(): Promise<void> {
    this.#limits.clear()
    await this.pool.stop()
  }

  #accepted(keys: readonly string[], pid: number, at: number): void {
    for (const key of keys) {
      const request = this.#starter.running.get(key)
      if (request === undefined) continue
      this.#limits.start(request)
      request.markAccepted(pid, at)
      this.#totals.set(request.name, (this.#totals.get(request.name) ?? 0) + 1)
      this.#options.started.note(request, pid, at)
    }
  }

  #finished(reports: readonly Report[]): void {
    const now = this.#options.clock.now()
    const consequences: Consequence[] = []
    for (const report of reports) {
      if (report.concluding !== true) this.#limits.end(report.key)
      const request = this.#starter.finish(report.key)
      if (request === undefined) continue
      logReport(this.#options.log, request, report)
      const consequence = request.lost && !request.begun ? undefined : this.#options.judge.judge(request, report, now)
      if (report.concluding !== true) consequences.push(...(consequence === undefined ? [] : [consequence]))
      else if (consequence === undefined) this.#conclusions.atOnce(request)
      else consequences.push(this.#conclusions.after(request, consequence))
    }
    this.#options.outcomes.add(consequences)
    this.#starter.feed()
  }

  #concluded(keys: readonly string[]): void {
    for (const key of keys) {
      this.#limits.end(key)
      this.#conclusions.concluded(key)
    }
    this.#starter.feed()
  }

  #discard(request: WorkerRequest, why: 'expired' | 'revoked' | 'lost'): void {
    const { judge, outcomes, log, clock } = this.#options
    const now = clock.now()
    if (why === 'lost') {
      log.lost(request, SHUT_DOWN)
      return outcomes.add([judge.lost(request, { reason: SHUT_DOWN }, now)])
    }
    log.discarded(request, why)
    outcomes.add([judge.discarded(request, why, now)])
  }

  #changed(): void {
    this.#options.changed()
    if (this.busy) return
    this.#whenEmpty?.resolve()
    this.#whenEmpty = undefined
  }

  *#requestsAmong(held: ReadonlySet<HeldDelivery>): Iterable<WorkerRequest> {
    for (const request of this.#starter.running.values()) if (held.has(request) && !request.begun) yield request
  }
}
