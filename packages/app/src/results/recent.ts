/** Keeps the entries used last, at most `limit` of them; 0 = all, below 0 = none. */
export class RecentMap<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #limit: () => number

  constructor(limit: () => number) {
    this.#limit = limit
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.#refresh(key, value)
    return value
  }

  set(key: string, value: Value): void {
    const limit = this.#limit()
    if (limit < 0) return
    this.#refresh(key, value)
    for (const oldest of this.#entries.keys()) {
      if (limit === 0 || this.#entries.size <= limit) return
      this.#entries.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  #refresh(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
  }
}
