import { createDeferred, type Deferred } from './deferred.js'
import { toError } from './errors.js'

export interface CoalescerOptions {
  /** A batch this large is flushed at once instead of at the end of the turn. Default 1000. */
  readonly limit?: number
}

/**
 * Turns single calls into batches: what is added during one turn of the event loop is handed to `flush`
 * together. `flush` answers one `Error | undefined` per item; one bad item never fails its neighbours.
 */
export class Coalescer<T> {
  readonly #flush: (batch: readonly T[]) => Promise<readonly (Error | undefined)[]>
  readonly #limit: number
  #waiting: { item: T; settle: Deferred<void> | undefined }[] = []
  #scheduled = false
  #running = new Set<Promise<void>>()

  constructor(flush: (batch: readonly T[]) => Promise<readonly (Error | undefined)[]>, options: CoalescerOptions = {}) {
    this.#flush = flush
    this.#limit = options.limit ?? 1000
  }

  /** Items added and not yet handed to `flush`. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Adds an item; the promise settles with the item's own outcome. */
  add(item: T): Promise<void> {
    const settle = createDeferred<void>()
    this.#append({ item, settle })
    return settle.promise
  }

  /** Adds an item whose outcome nobody waits for. */
  put(item: T): void {
    this.#append({ item, settle: undefined })
  }

  /** Hands over what waits and resolves when everything handed over so far has settled. */
  async drain(): Promise<void> {
    this.#handOver()
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #append(entry: { item: T; settle: Deferred<void> | undefined }): void {
    this.#waiting.push(entry)
    if (this.#waiting.length >= this.#limit) this.#handOver()
    else this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#handOver())
  }

  #handOver(): void {
    this.#scheduled = false
    if (this.#waiting.length === 0) return
    const entries = this.#waiting
    this.#waiting = []
    const run = this.#run(entries).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  async #run(entries: readonly { item: T; settle: Deferred<void> | undefined }[]): Promise<void> {
    let outcomes: readonly (Error | undefined)[]
    try {
      outcomes = await this.#flush(entries.map(entry => entry.item))
    } catch (thrown) {
      const error = toError(thrown)
      outcomes = entries.map(() => error)
    }
    entries.forEach(({ settle }, index) => {
      const error = outcomes[index]
      if (error === undefined) settle?.resolve()
      else settle?.reject(error)
    })
  }
}
