interface Entry<Value> {
  readonly value: Value
  /** Milliseconds since the epoch. */
  readonly expires: number
}

const SMALL = 64

/**
 * A map whose entries end. It sweeps when it has grown to twice what was alive at the last sweep, so it stays bounded
 * without a timer and a write costs the same on average.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  #limit = SMALL

  get size(): number {
    return this.#entries.size
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.expires <= now ? undefined : entry.value
  }

  set(key: string, value: Value, time: { readonly now: number; readonly expires: number }): void {
    this.#entries.set(key, { value, expires: time.expires })
    if (this.#entries.size > this.#limit) this.sweep(time.now)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  *entries(now: number): Iterable<readonly [string, Value]> {
    for (const [key, entry] of this.#entries) if (entry.expires > now) yield [key, entry.value]
  }

  /** Drops what has ended; answers how many. */
  sweep(now: number): number {
    const before = this.#entries.size
    for (const [key, entry] of this.#entries) if (entry.expires <= now) this.#entries.delete(key)
    this.#limit = Math.max(SMALL, 2 * this.#entries.size)
    return before - this.#entries.size
  }
}
