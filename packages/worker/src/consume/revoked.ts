import type { Clock } from '@umbel/runtime'
import type { WorkerRequest } from './request.js'
import { RevokedStamps } from './revoked-stamps.js'

export interface RevokedOptions {
  readonly clock: Clock
  /** Most ids kept; the oldest go first. @default 50000 (CELERY_WORKER_REVOKES_MAX) */
  readonly max?: number
  /** Seconds an id is kept. @default 10800 (CELERY_WORKER_REVOKE_EXPIRES) */
  readonly expires?: number
}

/** Ids that must not run, in memory. (celery.worker.state.revoked) */
export class RevokedIds {
  readonly #clock: Clock
  readonly #max: number
  readonly #expires: number
  readonly stamps = new RevokedStamps()
  readonly #until = new Map<string, number>()

  constructor({ clock, max = 50_000, expires = 10_800 }: RevokedOptions) {
    this.#clock = clock
    this.#max = max
    this.#expires = expires
  }

  get size(): number {
    return this.#until.size
  }

  add(ids: readonly string[]): void {
    const until = this.#clock.now() + this.#expires * 1000
    for (const id of ids) {
      this.#until.delete(id)
      this.#until.set(id, until)
    }
    this.#shrink()
  }

  /** By its id, or by its stamps. */
  covers({ id, parsed }: WorkerRequest): boolean {
    return this.has(id) || this.stamps.cover(parsed.headers)
  }

  has(id: string): boolean {
    if (this.#until.size === 0) return false
    const until = this.#until.get(id)
    if (until === undefined) return false
    if (until > this.#clock.now()) return true
    this.#until.delete(id)
    return false
  }

  ids(): readonly string[] {
    return [...this.#until.keys()].filter(id => this.has(id))
  }

  #shrink(): void {
    for (const [id, until] of this.#until) {
      if (this.#until.size <= this.#max && until > this.#clock.now()) return
      this.#until.delete(id)
    }
  }
}
