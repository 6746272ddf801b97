import type { Clock, Timer } from '@umbel/runtime'

interface Waiting {
  readonly at: number
  readonly callback: () => void
  readonly keepAlive: boolean
}

/** Time that the test moves. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000
  readonly #waiting = new Set<Waiting>()

  get timers(): readonly { readonly in: number; readonly keepAlive: boolean }[] {
    return [...this.#waiting].map(({ at, keepAlive }) => ({ in: at - this.#now, keepAlive }))
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(delay: number, callback: () => void, options: { readonly keepAlive?: boolean } = {}): Timer {
    const waiting = { at: this.#now + delay, callback, keepAlive: options.keepAlive ?? true }
    this.#waiting.add(waiting)
    return { cancel: () => this.#waiting.delete(waiting) }
  }

  /** Moves on by so many seconds, timer by timer, and lets each do its work. */
  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next)
      this.#now = next.at
      next.callback()
      await turns(3)
    }
    this.#now = end
    await turns(3)
  }

  #next(end: number): Waiting | undefined {
    return [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** So many turns of the event loop: long enough for all that needs no timer. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve))
}
