import type { Delivery } from '../contract.js'
import type { TakenMessage } from './store.js'
import type { VirtualSubscription } from './subscription.js'

/** A delivery that was handed over and not settled yet. */
export interface Held {
  readonly tag: number
  readonly id: string
  readonly subscription: VirtualSubscription
  /** A settlement is under way. */
  settling: boolean
}

/** What a channel holds: tags ↔ ids. */
export class Unsettled {
  readonly #held = new Map<number, Held>()
  #lastTag = 0

  /** Numbers what is handed over; `hold` keeps it until it is settled. */
  admit(subscription: VirtualSubscription, taken: readonly TakenMessage[], hold: boolean): readonly Delivery[] {
    return taken.map(message => {
      const tag = ++this.#lastTag
      if (hold) this.#held.set(tag, { tag, id: message.id, subscription, settling: false })
      return toDelivery(tag, message)
    })
  }

  /** Starts a settlement; undefined when the tag is unknown, settled, or being settled. */
  claim(tag: number): Held | undefined {
    const held = this.#held.get(tag)
    if (held === undefined || held.settling) return undefined
    held.settling = true
    return held
  }

  /** It is settled, or not ours any more. */
  remove(held: Held): void {
    this.#held.delete(held.tag)
  }

  /** In order of delivery. */
  list(): readonly Held[] {
    return [...this.#held.values()]
  }
}

function toDelivery(tag: number, taken: TakenMessage): Delivery {
  const { queue, exchange, routingKey, redelivered, started, message, problem } = taken
  const delivery = { tag, queue, exchange, routingKey, redelivered, message }
  if (problem === undefined && started !== true) return delivery
  return { ...delivery, ...(started === true && { started }), ...(problem !== undefined && { problem }) }
}
