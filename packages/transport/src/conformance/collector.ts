import type { Delivery, DeliverySink } from '../contract.js'
import { textOf } from './messages.js'
import { until } from './until.js'

/** A sink that keeps what it is given, and notes every breach of the sink's contract. */
export class Collector implements DeliverySink {
  readonly deliveries: Delivery[] = []
  readonly lostTags: number[] = []
  readonly breaches: string[] = []
  readonly #react: (batch: readonly Delivery[]) => void
  #inside = false
  #over = false

  constructor(react: (batch: readonly Delivery[]) => void = () => {}) {
    this.#react = react
  }

  get texts(): readonly string[] {
    return this.deliveries.map(delivery => textOf(delivery.message))
  }

  deliver(batch: readonly Delivery[]): void {
    if (this.#inside) this.breaches.push('deliver was called re-entrantly')
    if (this.#over) this.breaches.push('deliver was called after the end')
    if (batch.length === 0) this.breaches.push('deliver was called with nothing')
    this.#inside = true
    this.deliveries.push(...batch)
    this.#react(batch)
    this.#inside = false
  }

  lost(tags: readonly number[]): void {
    if (this.#inside) this.breaches.push('lost was called inside deliver')
    if (this.#over) this.breaches.push('lost was called after the end')
    this.lostTags.push(...tags)
  }

  /** From now on a call is a breach. */
  end(): void {
    this.#over = true
  }

  /** Waits for so many deliveries in all. */
  async received(count: number): Promise<readonly Delivery[]> {
    await until(`${count} deliveries`, () => this.deliveries.length >= count).catch((error: Error) => {
      throw new Error(`${error.message}; got ${this.deliveries.length}`)
    })
    return this.deliveries
  }
}
