import type { Channel, ConsumeMessage } from 'amqplib'

export interface Unsettling {
  readonly queue: string
  /** Told when it is. */
  readonly settled: () => void
}

/** Deliveries that the server waits to hear of, in the order of their tags. */
export class Unsettled {
  readonly #held = new Map<number, Unsettling>()

  add(tag: number, unsettled: Unsettling): void {
    this.#held.set(tag, unsettled)
  }

  queueOf(tag: number): string | undefined {
    return this.#held.get(tag)?.queue
  }

  has(tag: number): boolean {
    return this.#held.has(tag)
  }

  /** Contiguous from the oldest unsettled on they are one frame; nothing waits to make them so. */
  ack(channel: Channel, tags: readonly number[]): void {
    const acked = new Set(tags.filter(tag => this.#held.has(tag)))
    let last: number | undefined
    for (const tag of this.#held.keys()) {
      if (!acked.has(tag)) break
      last = tag
    }
    if (last !== undefined) channel.ack(named(last), true)
    for (const tag of acked) {
      if (last === undefined || tag > last) channel.ack(named(tag))
      this.#settle(tag)
    }
  }

  reject(channel: Channel, tag: number, requeue: boolean): void {
    if (!this.#held.has(tag)) return
    channel.reject(named(tag), requeue)
    this.#settle(tag)
  }

  #settle(tag: number): void {
    const unsettled = this.#held.get(tag)
    this.#held.delete(tag)
    unsettled?.settled()
  }
}

/** amqplib wants the whole message and reads its tag. */
function named(deliveryTag: number): ConsumeMessage {
  return { fields: { deliveryTag } } as ConsumeMessage
}
