import type { Settlement } from '@umbel/transport'
import type { HeldDelivery, Settler } from './held.js'

/** The deliveries of one connection that are here and not settled. */
export class Deliveries implements Settler {
  readonly #link: Settler
  readonly #held = new Map<number, HeldDelivery>()

  constructor(link: Settler) {
    this.#link = link
  }

  get size(): number {
    return this.#held.size
  }

  hold(held: HeldDelivery): void {
    this.#held.set(held.delivery.tag, held)
  }

  async settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    const answers = await this.#link.settle(batch)
    batch.forEach(({ tag, kind }, index) => {
      if (kind !== 'start' && answers[index] === undefined) this.#held.delete(tag)
    })
    return answers
  }

  /** Their leases ended: they are somebody else's now. */
  lose(tags: readonly number[]): readonly HeldDelivery[] {
    const lost = tags.flatMap(tag => this.#held.get(tag) ?? [])
    for (const held of lost) {
      this.#held.delete(held.delivery.tag)
      held.markLost()
    }
    return lost
  }

  /** The connection has ended: the broker hands all of them out again. */
  abandon(): readonly HeldDelivery[] {
    const abandoned = [...this.#held.values()]
    this.#held.clear()
    return abandoned
  }
}
