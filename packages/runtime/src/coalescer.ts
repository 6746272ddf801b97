import { createDeferred, type Deferred } from './deferred.js'
import { toError, UmbelError } from './errors.js'

/** Handles a batch; answers one `Error | undefined` per item, in the order of the items. Must not wait for `drain`. */
export type Flush<T> = (batch: readonly T[]) => Promise<readonly (Error | undefined)[]>

export interface CoalescerOptions<T> {
  /** A batch this large is flushed at once instead of at the end of the turn. Default 1000. */
  readonly limit?: number
  /** Told of each item given to `put` that failed. Must not throw. Default: nobody is told. */
  readonly onError?: (error: Error, item: T) => void
}

/** `flush` answered fewer outcomes than it was given items: what became of the rest is not known. */
export class MissingOutcomeError extends UmbelError {
  static override readonly code = 'MISSING_OUTCOME'
}

interface Entry<T> {
  readonly item: T
  readonly settle: Deferred<void> | undefined
}

/**
 * Turns single calls into batches: what is added during one turn of the event loop is handed to `flush`
 * together. `flush` answers one `Error | undefined` per item; one bad item never fails its neighbours.
 */
export class Coalescer<T> {
  readonly #flush: Flush<T>
  readonly #limit: number
  readonly #onError: ((error: Error, item: T) => void) | undefined
  readonly #running = new Set<Promise<void>>()
  #waiting: Entry<T>[] = []
  #scheduled = false

  constructor(flush: Flush<T>, options: CoalescerOptions<T> = {}) {
    this.#flush = flush
    this.#limit = options.limit ?? 1000
    this.#onError = options.onError
  }

  /** Items added and not yet handed to `flush`. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Adds an item; the promise settles with the item's own outcome. Not waiting for it is allowed. */
  add(item: T): Promise<void> {
    const settle = createDeferred<void>()
    // The owner may drop the promise: its failure is then the owner's choice to ignore, not the process's end.
    settle.promise.catch(() => undefined)
    this.#append({ item, settle })
    return settle.promise
  }

  /** Adds an item whose outcome nobody waits for; a failure goes to `onError`. */
  put(item: T): void {
    this.#append({ item, settle: undefined })
  }

  /** Hands over what waits and resolves when nothing waits or runs any more, also of what was added meanwhile. */
  async drain(): Promise<void> {
    for (;;) {
      this.#handOver()
      if (this.#running.size === 0) return
      await Promise.all(this.#running)
    }
  }

  #append(entry: Entry<T>): void {
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

  async #run(entries: readonly Entry<T>[]): Promise<void> {
    const outcomes = await this.#outcomesOf(entries)
    entries.forEach((entry, index) => this.#settle(entry, outcomes[index]))
  }

  async #outcomesOf(entries: readonly Entry<T>[]): Promise<readonly (Error | undefined)[]> {
    try {
      const outcomes = await this.#flush(entries.map(entry => entry.item))
      if (outcomes.length >= entries.length) return outcomes
      const missing = new MissingOutcomeError(`flush answered ${outcomes.length} outcomes for ${entries.length} items`)
      return entries.map((_, index) => (index < outcomes.length ? outcomes[index] : missing))
    } catch (thrown) {
      const error = toError(thrown)
      return entries.map(() => error)
    }
  }

  #settle({ item, settle }: Entry<T>, error: Error | undefined): void {
    if (settle !== undefined) {
      if (error === undefined) settle.resolve()
      else settle.reject(error)
    } else if (error !== undefined) this.#tell(error, item)
  }

  #tell(error: Error, item: T): void {
    try {
      this.#onError?.(error, item)
    } catch (thrown) {
      process.emitWarning(`onError of a Coalescer threw: ${toError(thrown).message}`)
    }
  }
}
