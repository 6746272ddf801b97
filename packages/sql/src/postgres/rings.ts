import type { Topics } from '../contract.js'

interface Listener {
  readonly ring: () => void
  /** undefined: any. */
  readonly topics: Topics | undefined
}

/** Who wants to know of what. */
export class Rings {
  readonly #listeners = new Set<Listener>()

  get size(): number {
    return this.#listeners.size
  }

  add(ring: () => void, topics: Topics | undefined): { close(): void } {
    const listener = { ring, topics }
    this.#listeners.add(listener)
    return { close: () => void this.#listeners.delete(listener) }
  }

  /** Those of one of the topics; all, where there are none. */
  ring(topics: ReadonlySet<string>): void {
    // A copy: who closes and listens again while ringing is not rung again.
    for (const listener of [...this.#listeners])
      if (this.#listeners.has(listener) && wants(listener, topics)) listener.ring()
  }

  clear(): void {
    this.#listeners.clear()
  }
}

function wants(listener: Listener, topics: ReadonlySet<string>): boolean {
  if (listener.topics === undefined || topics.size === 0) return true
  for (const topic of topics) if (listener.topics.has(topic)) return true
  return false
}
