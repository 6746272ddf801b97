import { toError } from '@umbel/runtime'
import type { SettleOutcome, StoreSettlement } from './store.js'

type Settle = (batch: readonly StoreSettlement[]) => Promise<readonly SettleOutcome[]>

interface Waiting {
  readonly batch: readonly StoreSettlement[]
  resolve(outcomes: readonly SettleOutcome[]): void
}

/** Turns the settle calls of one turn of the event loop into one call of the store: one promise per call, none per message. */
export class SettleBuffer {
  readonly #settle: Settle
  #waiting: Waiting[] = []

  constructor(settle: Settle) {
    this.#settle = settle
  }

  /** Never rejects: a store that fails is each item's error. */
  add(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    if (this.#waiting.length === 0) setImmediate(() => void this.#flush())
    return new Promise(resolve => this.#waiting.push({ batch, resolve }))
  }

  async #flush(): Promise<void> {
    const calls = this.#waiting
    this.#waiting = []
    const outcomes = await this.#outcomes(calls.flatMap(call => call.batch))
    let start = 0
    for (const { batch, resolve } of calls) {
      resolve(outcomes.slice(start, start + batch.length))
      start += batch.length
    }
  }

  async #outcomes(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    try {
      return await this.#settle(batch)
    } catch (thrown) {
      const error = toError(thrown)
      return batch.map(() => error)
    }
  }
}
