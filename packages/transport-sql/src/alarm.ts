import type { Clock, Timer } from '@umbel/runtime'

/** One timer for the earliest of many times. Does not keep the process alive. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #timer: Timer | undefined
  #setFor = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at `time` (milliseconds since the epoch) or before. */
  set(time: number | undefined): void {
    if (time === undefined || time >= this.#setFor || this.#stopped) return
    this.#timer?.cancel()
    this.#setFor = time
    // A millisecond at least: what could not be done now must not be tried again at once.
    const delay = Math.max(1, time - this.#clock.now())
    this.#timer = this.#clock.setTimer(delay, () => this.#onTime(), { keepAlive: false })
  }

  /** For good. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #onTime(): void {
    this.#setFor = Number.POSITIVE_INFINITY
    this.#ring()
  }
}
