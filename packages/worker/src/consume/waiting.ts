import type { Clock, Timer } from '@umbel/runtime'
import type { HeldDelivery } from './held.js'
import type { WorkerRequest } from './request.js'

interface Waiter {
  readonly request: WorkerRequest
  readonly timer: Timer
  readonly due: number
}

/** Requests that wait here for their time. */
export class Waiting {
  readonly #clock: Clock
  readonly #due: (request: WorkerRequest) => void
  readonly #timers = new Map<HeldDelivery, Waiter>()

  constructor(clock: Clock, due: (request: WorkerRequest) => void) {
    this.#clock = clock
    this.#due = due
  }

  get size(): number {
    return this.#timers.size
  }

  /** `due`: milliseconds since the epoch. */
  get requests(): readonly { readonly request: WorkerRequest; readonly due: number }[] {
    return [...this.#timers.values()]
  }

  /** `delay`: milliseconds. */
  add(request: WorkerRequest, delay: number): void {
    const timer = this.#clock.setTimer(delay, () => {
      this.#timers.delete(request)
      this.#due(request)
    })
    this.#timers.set(request, { request, timer, due: this.#clock.now() + delay })
  }

  remove(batch: readonly HeldDelivery[]): void {
    for (const held of batch) {
      this.#timers.get(held)?.timer.cancel()
      this.#timers.delete(held)
    }
  }

  clear(): readonly WorkerRequest[] {
    const requests = this.requests.map(({ request }) => request)
    this.remove(requests)
    return requests
  }
}
