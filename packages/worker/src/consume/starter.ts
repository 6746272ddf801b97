import type { Pool } from '@umbel/pool'
import { type Clock, failpoint, type Logger, toError } from '@umbel/runtime'
import { hasExpired } from './strategy.js'
import type { RevokedIds } from './revoked.js'
import type { WorkerRequest } from './request.js'

export interface StarterOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly revoked: RevokedIds
  readonly logger: Logger
  /** Runs no more: it expired or was revoked while it waited. */
  readonly discard: (request: WorkerRequest, why: 'expired' | 'revoked') => void
  /** How many requests may be here may have changed. */
  readonly changed: () => void
}

/** Holds what is ready and starts it as slots become free; early acks are confirmed before the body begins. */
export class Starter {
  readonly #options: StarterOptions
  readonly #running = new Map<string, WorkerRequest>()
  #waiting: WorkerRequest[] = []
  /** Slots spoken for by requests whose early ack is on its way. */
  #reserved = 0
  #open = true

  constructor(options: StarterOptions) {
    this.#options = options
  }

  get running(): ReadonlyMap<string, WorkerRequest> {
    return this.#running
  }

  get waiting(): readonly WorkerRequest[] {
    return this.#waiting
  }

  get freeSlots(): number {
    return this.#options.pool.idle - this.#reserved
  }

  /** Nothing is running, waiting or about to run. */
  get empty(): boolean {
    return this.#running.size === 0 && this.#reserved === 0 && this.#waiting.length === 0
  }

  add(requests: readonly WorkerRequest[]): void {
    this.#waiting.push(...requests)
    this.feed()
  }

  feed(): void {
    if (!this.#open) return
    const batch: WorkerRequest[] = []
    while (batch.length < this.freeSlots && this.#waiting.length > 0) {
      const request = this.#waiting.shift()
      if (request !== undefined && this.#mayRun(request)) batch.push(request)
    }
    this.#start(batch)
    this.#options.changed()
  }

  finish(key: string): WorkerRequest | undefined {
    const request = this.#running.get(key)
    this.#running.delete(key)
    return request
  }

  /** Starts nothing more; answers what waited. */
  close(): readonly WorkerRequest[] {
    this.#open = false
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #mayRun(request: WorkerRequest): boolean {
    if (request.lost) return false
    if (this.#options.revoked.has(request.id)) this.#options.discard(request, 'revoked')
    else if (hasExpired(request, this.#options.clock.now())) this.#options.discard(request, 'expired')
    else return true
    return false
  }

  #start(batch: readonly WorkerRequest[]): void {
    const late = batch.filter(request => request.lateAck)
    const early = batch.filter(request => !request.lateAck)
    this.#run(late)
    if (early.length > 0) void this.#acknowledgeFirst(early)
  }

  /** At most once: a body starts only after the broker has forgotten its message. */
  async #acknowledgeFirst(batch: readonly WorkerRequest[]): Promise<void> {
    this.#reserved += batch.length
    const accepted = await Promise.all(batch.map(request => this.#acknowledge(request)))
    failpoint('after-ack')
    this.#reserved -= batch.length
    this.#run(batch.filter((request, index) => accepted[index] === true && !request.lost))
    this.feed()
  }

  async #acknowledge(request: WorkerRequest): Promise<boolean> {
    try {
      await request.settle({ kind: 'ack' })
      return true
    } catch (thrown) {
      this.#options.logger.warn(`${request.label} was not started: its ack failed (${toError(thrown).message})`)
      return false
    }
  }

  #run(batch: readonly WorkerRequest[]): void {
    if (batch.length === 0) return
    for (const request of batch) this.#running.set(request.key, request)
    this.#options.pool.run(batch.map(request => request.job()))
  }
}
