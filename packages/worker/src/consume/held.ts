import type { Delivery, Outgoing, Settlement } from '@umbel/transport'

/** The broker's side of deliveries: dies with the connection they came through. */
export interface Settler {
  /** One answer per settlement. Rejects when the connection has ended. */
  settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]>
}

/** What the broker is to be told of a delivery. */
export type SettlementKind =
  | { readonly kind: 'ack'; readonly publish?: readonly Outgoing[] }
  | { readonly kind: 'reject'; readonly requeue: boolean; readonly unspent?: boolean }

/** A delivery that the worker answers for. Told of once: settling it again, or when it is lost, does nothing. */
export class HeldDelivery {
  readonly delivery: Delivery
  readonly settler: Settler
  #settled = false
  #lost = false

  constructor(delivery: Delivery, settler: Settler) {
    this.delivery = delivery
    this.settler = settler
  }

  /** What log lines call it. */
  get label(): string {
    return `a message of ${this.delivery.queue}`
  }

  get settled(): boolean {
    return this.#settled
  }

  /** The message is another worker's now. */
  get lost(): boolean {
    return this.#lost
  }

  markLost(): void {
    this.#lost = true
    this.#settled = true
  }

  /** The settlement to send, the first time it is asked for. */
  claim(how: SettlementKind): Settlement | undefined {
    if (this.#settled) return undefined
    this.#settled = true
    return { tag: this.delivery.tag, ...how }
  }

  /** The broker refused the settlement: another may be tried. */
  reclaim(): void {
    this.#settled = this.#lost
  }
}
