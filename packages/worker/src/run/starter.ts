import type { Pool } from '@umbel/pool'
import { type Clock, failpoint, type Logger } from '@umbel/runtime'
import type { HeldDelivery, SettlementKind } from '../consume/held.js'
import { connectionEnded } from '../consume/ended.js'
import type { WorkerRequest } from '../consume/request.js'
import type { RevokedIds } from '../consume/revoked.js'
import { settleAll } from '../consume/settle.js'
import { hasExpired } from '../consume/strategy.js'

export interface StarterOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly revoked: RevokedIds
  readonly logger: Logger
  /** What the broker is told of a task with early ack before its body begins. */
  readonly earlyAck: (request: WorkerRequest) => SettlementKind
  /** Will not run: it expired or was revoked while it waited, or the pool ended after its early ack. */
  readonly discard: (request: WorkerRequest, why: 'expired' | 'revoked' | 'lost') => void
  /** What has happened is not yet taken care of: nothing more may start. */
  readonly congested: () => boolean
  /** Free slots, or what waits, may have changed. */
  readonly changed: () => void
}

/** Seconds between a failed ack and the next. */
const PAUSE = 1

/**
 * Starts what is ready as slots become free. A request goes waiting → (acknowledging → acknowledged, with early ack) →
 * running, and leaves by `finish`. A body with early ack begins only after the broker has forgotten its message.
 */
export class Starter {
  readonly #options: StarterOptions
  readonly #running = new Map<string, WorkerRequest>()
  #waiting: WorkerRequest[] = []
  readonly #acknowledging = new Set<WorkerRequest>()
  #acknowledged: WorkerRequest[] = []
  /** An ack failed a moment ago: nothing is started until the pause is over. */
  #pausing = false
  /** open: starts what comes; closed: only what is acknowledged; ended: nothing. */
  #state: 'open' | 'closed' | 'ended' = 'open'

  constructor(options: StarterOptions) {
    this.#options = options
  }

  get running(): ReadonlyMap<string, WorkerRequest> {
    return this.#running
  }

  /** Requests that have not begun. */
  get reserved(): readonly WorkerRequest[] {
    return [...this.#acknowledged, ...this.#acknowledging, ...this.#waiting]
  }

  /** Requests that may still be given back. */
  get waiting(): number {
    return this.#waiting.length
  }

  get freeSlots(): number {
    if (this.#options.congested()) return 0
    return Math.max(0, this.#options.pool.idle - this.#acknowledging.size - this.#acknowledged.length)
  }

  get empty(): boolean {
    return this.#running.size + this.#waiting.length + this.#acknowledging.size + this.#acknowledged.length === 0
  }

  add(requests: readonly WorkerRequest[]): void {
    this.#waiting.push(...requests)
    this.feed()
  }

  feed(): void {
    this.#run(this.#acknowledged.splice(0, this.#options.pool.idle))
    if (this.#state === 'open' && !this.#pausing && this.#waiting.length > 0) this.#start(this.#next(this.freeSlots))
    this.#options.changed()
  }

  /** It runs no more. */
  finish(key: string): WorkerRequest | undefined {
    const request = this.#running.get(key)
    this.#running.delete(key)
    return request
  }

  /** These must not start any more. */
  drop(batch: readonly HeldDelivery[]): void {
    if (this.#waiting.length === 0) return
    const dropped = new Set(batch)
    this.#waiting = this.#waiting.filter(request => !dropped.has(request))
    this.#options.changed()
  }

  /** Starts nothing more but what is acknowledged; answers what waited. */
  close(): readonly WorkerRequest[] {
    if (this.#state === 'open') this.#state = 'closed'
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  /** The pool ends: what was acknowledged and has no slot is lost. */
  end(): void {
    this.#state = 'ended'
    for (const request of this.#acknowledged.splice(0)) this.#options.discard(request, 'lost')
  }

  #next(count: number): readonly WorkerRequest[] {
    const batch: WorkerRequest[] = []
    let taken = 0
    while (batch.length < count && taken < this.#waiting.length) {
      const request = this.#waiting[taken++]
      if (request !== undefined && this.#mayRun(request)) batch.push(request)
    }
    this.#waiting.splice(0, taken)
    return batch
  }

  #mayRun(request: WorkerRequest): boolean {
    if (request.lost) return false
    if (this.#options.revoked.covers(request)) this.#options.discard(request, 'revoked')
    else if (hasExpired(request, this.#options.clock.now())) this.#options.discard(request, 'expired')
    else return true
    return false
  }

  #start(batch: readonly WorkerRequest[]): void {
    this.#run(batch.filter(request => request.lateAck))
    const early = batch.filter(request => !request.lateAck)
    if (early.length > 0) void this.#acknowledge(early)
  }

  async #acknowledge(batch: readonly WorkerRequest[]): Promise<void> {
    for (const request of batch) this.#acknowledging.add(request)
    const errors = await settleAll(batch.map(held => ({ held, how: this.#options.earlyAck(held) })))
    failpoint('after-ack')
    for (const request of batch) this.#acknowledging.delete(request)
    batch.forEach((request, index) => this.#acknowledgedOr(request, errors[index]))
    if (this.#state === 'ended') this.end()
    this.feed()
  }

  #acknowledgedOr(request: WorkerRequest, error: Error | undefined): void {
    if (error === undefined && !request.lost) {
      request.markCommitted()
      return void this.#acknowledged.push(request)
    }
    const again = error !== undefined && !request.lost && !connectionEnded(error) && this.#state === 'open'
    const why = error?.message ?? 'its lease ended'
    this.#options.logger.warn(
      `${request.label} was not started: its ack failed (${why})${again ? '; trying again' : ''}`
    )
    if (again) this.#tryLater(request)
  }

  /** The connection lives, so that nobody else gives the message back (the file is busy, the disk is full). */
  #tryLater(request: WorkerRequest): void {
    request.reclaim()
    this.#waiting.unshift(request)
    if (this.#pausing) return
    this.#pausing = true
    this.#options.clock.setTimer(PAUSE * 1000, () => {
      this.#pausing = false
      this.feed()
    })
  }

  #run(batch: readonly WorkerRequest[]): void {
    if (batch.length === 0) return
    for (const request of batch) {
      request.markRunning()
      this.#running.set(request.key, request)
    }
    this.#options.pool.run(batch.map(request => request.job()))
  }
}
