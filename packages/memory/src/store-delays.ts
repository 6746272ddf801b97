import type { Clock, Timer } from '@umbel/runtime'

/** One timer for the earliest of many due times. Does not keep the process alive. */
export class DueTimer {
  readonly #due: () => void
  #clock: Clock
  #timer: Timer | undefined
  #armedFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  get clock(): Clock {
    return this.#clock
  }

  /** Only while no timer is set. */
  set clock(clock: Clock) {
    this.#clock = clock
  }

  /** Calls back at `time` (milliseconds since the epoch) or before. */
  arm(time: number): void {
    if (time >= this.#armedFor) return
    this.#timer?.cancel()
    this.#armedFor = time
    const delay = Math.max(0, time - this.#clock.now())
    this.#timer = this.#clock.setTimer(delay, () => this.#fire(), { keepAlive: false })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  #fire(): void {
    this.cancel()
    this.#due()
  }
}
