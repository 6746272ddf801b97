import type { RevocationStore } from '@umbel/backend'

type Sink = (ids: readonly string[]) => void

/** Ids revoked, of all connections to one store. */
export class RevokedTable {
  readonly #until = new Map<string, number>()
  readonly #sinks = new Set<Sink>()

  /** Milliseconds since the epoch. */
  add(ids: readonly string[], until: number): void {
    if (ids.length === 0) return
    for (const id of ids) this.#until.set(id, Math.max(until, this.#until.get(id) ?? 0))
    for (const sink of this.#sinks) sink(ids)
  }

  load(now: number): readonly string[] {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id)
    return [...this.#until].sort(([, one], [, other]) => one - other).map(([id]) => id)
  }

  listen(sink: Sink): () => void {
    this.#sinks.add(sink)
    return () => this.#sinks.delete(sink)
  }
}

/** One connection's view of them. `now`: milliseconds since the epoch; throws once the connection is closed. */
export class MemoryRevocations implements RevocationStore {
  readonly #table: RevokedTable
  readonly #now: () => number
  readonly #watches = new Set<() => void>()

  constructor(table: RevokedTable, now: () => number) {
    this.#table = table
    this.#now = now
  }

  async add(ids: readonly string[], expires: number): Promise<void> {
    this.#table.add(ids, this.#now() + expires * 1000)
  }

  async load(): Promise<readonly string[]> {
    return this.#table.load(this.#now())
  }

  async watch(sink: Sink): Promise<{ close(): Promise<void> }> {
    this.#now()
    const stop = this.#table.listen(ids => sink(ids))
    this.#watches.add(stop)
    return {
      close: async () => {
        this.#watches.delete(stop)
        stop()
      }
    }
  }

  close(): void {
    for (const stop of this.#watches) stop()
    this.#watches.clear()
  }
}
