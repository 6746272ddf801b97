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
  | { readonly kind: 'start' }

/** A delivery that the worker answers for. Told of once: settling it again, or when it is lost, does nothing. */
export class HeldDelivery {
  #delivery: Delivery
  #settler: Settler
  #settled = false
  #lost = false
  #begun = false
  #unheard: SettlementKind | undefined

  constructor(delivery: Delivery, settler: Settler) {
    this.#delivery = delivery
    this.#settler = settler
  }

  get delivery(): Delivery {
    return this.#delivery
  }

  get settler(): Settler {
    return this.#settler
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

  /** The broker was told that it starts: nobody runs it again. */
  get begun(): boolean {
    return this.#begun
  }

  /** Its outcome is settled, but the connection ended before the broker heard of it. */
  get unheard(): boolean {
    return this.#unheard !== undefined
  }

  markLost(): void {
    this.#lost = true
    this.#settled = true
  }

  /** The settlement to send, the first time it is asked for. What has begun is never given back. */
  claim(how: SettlementKind): Settlement | undefined {
    if (this.#settled) return undefined
    if (how.kind === 'start') this.#begun = true
    else this.#settled = true
    const given = this.#begun && how.kind === 'reject' ? { kind: 'ack' as const } : how
    return { tag: this.delivery.tag, ...given }
  }

  /** The broker refused the settlement: another may be tried. */
  reclaim(): void {
    this.#begun = false
    this.#settled = this.#lost
  }

  markUnheard(how: SettlementKind): void {
    this.#unheard = how
  }

  /** What the broker has not heard, to be told again. */
  retell(): SettlementKind | undefined {
    const unheard = this.#lost ? undefined : this.#unheard
    this.#unheard = undefined
    if (unheard !== undefined) this.#settled = false
    return unheard
  }

  /** Its message came back over a new connection: this is what we answer for from now on. Answers what is still to be told. */
  adopt({ delivery, settler }: HeldDelivery): SettlementKind | undefined {
    this.#delivery = delivery
    this.#settler = settler
    return this.retell()
  }
}
