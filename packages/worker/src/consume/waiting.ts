import type { Clock, Timer } from '@umbel/runtime'
import type { HeldDelivery } from './held.js'
import type { WorkerRequest } from './request.js'

/** Requests that wait here for their time. */
export class Waiting {
  readonly #clock: Clock
  readonly #due: (request: WorkerRequest) => void
  readonly #timers = new Map<HeldDelivery, readonly [WorkerRequest, Timer]>()

  constructor(clock: Clock, due: (request: WorkerRequest) => void) {
    this.#clock = clock
    this.#due = due
  }

  get size(): number {
    return this.#timers.size
  }

  /** `delay`: milliseconds. */
  add(request: WorkerRequest, delay: number): void {
    const timer = this.#clock.setTimer(delay, () => {
      this.#timers.delete(request)
      this.#due(request)
    })
    this.#timers.set(request, [request, timer])
  }

  remove(batch: readonly HeldDelivery[]): void {
    for (const held of batch) {
      this.#timers.get(held)?.[1].cancel()
      this.#timers.delete(held)
    }
  }

  clear(): readonly WorkerRequest[] {
    const requests = [...this.#timers.values()].map(([request]) => request)
    this.remove(requests)
    return requests
  }
}
