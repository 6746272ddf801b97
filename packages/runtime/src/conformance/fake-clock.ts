import type { Clock, Timer } from '../clock.js'

interface Waiting {
  readonly due: number
  readonly callback: () => void
}

/** Time that passes only when told to. */
export class FakeClock implements Clock {
  readonly #start: number
  readonly #waiting = new Set<Waiting>()
  #elapsed = 0

  /** `start`: wall clock at the beginning, milliseconds since the epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start
  }

  /** Timers set, and neither fired nor cancelled. */
  get timers(): number {
    return this.#waiting.size
  }

  now(): number {
    return this.#start + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimer(delay: number, callback: () => void): Timer {
    const timer = { due: this.#elapsed + Math.max(0, delay), callback }
    this.#waiting.add(timer)
    return { cancel: () => void this.#waiting.delete(timer) }
  }

  /**
   * Lets `milliseconds` pass: fires what becomes due, in order, and lets promises settle after each, so that a timer
   * set by what followed fires too when it is due within the time.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds
    await turn()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next)
      this.#elapsed = Math.max(this.#elapsed, next.due)
      next.callback()
      await turn()
    }
    this.#elapsed = end
  }

  #next(end: number): Waiting | undefined {
    let earliest: Waiting | undefined
    for (const timer of this.#waiting)
      if (timer.due <= end && (earliest === undefined || timer.due < earliest.due)) earliest = timer
    return earliest
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
