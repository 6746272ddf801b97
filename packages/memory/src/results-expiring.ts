interface Entry<Value> {
  readonly value: Value
  /** Milliseconds since the epoch. */
  readonly expires: number
}

/**
 * A map whose entries end. Writes sweep now and then, so that it holds at most about twice what is alive, without a
 * timer.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  #writes = 0

  get size(): number {
    return this.#entries.size
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.expires <= now ? undefined : entry.value
  }

  set(key: string, value: Value, time: { readonly now: number; readonly expires: number }): void {
    this.#entries.set(key, { value, expires: time.expires })
    if (++this.#writes > this.#entries.size) this.sweep(time.now)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  *entries(now: number): Iterable<readonly [string, Value]> {
    for (const [key, entry] of this.#entries) if (entry.expires > now) yield [key, entry.value]
  }

  /** Drops what has ended; answers how many. */
  sweep(now: number): number {
    this.#writes = 0
    const before = this.#entries.size
    for (const [key, entry] of this.#entries) if (entry.expires <= now) this.#entries.delete(key)
    return before - this.#entries.size
  }
}
