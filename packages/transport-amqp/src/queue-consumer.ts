import { type Clock, type Timer } from '@umbel/runtime'
import type { Delivery } from '@umbel/transport'
import type { Channel, ConsumeMessage } from 'amqplib'
import { readDelivery } from './messages.js'
import type { Unsettled } from './unsettled.js'

export interface ConsumerHost {
  readonly channel: Channel
  readonly unsettled: Unsettled
  readonly clock: Clock
  readonly noAck: boolean
  /** Something may be handed over. */
  wake(): void
  fail(error: Error): void
  deleted(queue: string): void
}

/** `held` waits for a free slot or its time, and is ours as far as the server knows. */
type Held = Delivery & { readonly due: number }

/** What one subscription consumes of one queue. */
export class QueueConsumer {
  readonly queue: string
  readonly #host: ConsumerHost
  #held: Held[] = []
  #unsettled = 0
  #tag: string | undefined
  #wanted: number | undefined
  #steering: Promise<void> = Promise.resolve()
  #timer: Timer | undefined

  constructor(queue: string, host: ConsumerHost) {
    this.queue = queue
    this.#host = host
  }

  /** Consumes with this prefetch; undefined: not at all. One change at a time, the last one counts. */
  steer(prefetch: number | undefined): Promise<void> {
    this.#wanted = prefetch
    const next = this.#steering.then(() => this.#apply(prefetch))
    this.#steering = next.catch(() => {})
    return next
  }

  /** Takes what may start now. */
  take(prefetch: number): readonly Delivery[] {
    const now = this.#host.clock.now()
    const free = prefetch === 0 || this.#host.noAck ? Number.POSITIVE_INFINITY : prefetch - this.#unsettled
    if (this.#held.length === 0 || free <= 0) return []
    const taken: Held[] = []
    const kept: Held[] = []
    const dated = this.#held.some(({ due }) => due > 0)
    const ordered = dated ? this.#held.toSorted((a, b) => a.due - b.due) : this.#held
    for (const held of ordered) (held.due <= now && taken.length < free ? taken : kept).push(held)
    this.#held = kept
    this.#setTimer(now)
    if (!this.#host.noAck) this.#unsettled += taken.length
    return taken.map(({ due: _due, ...delivery }) => delivery)
  }

  /** Lets others have what was not handed over. */
  giveBack(): void {
    const held = this.#held
    this.#held = []
    this.#timer?.cancel()
    if (this.#host.noAck) return
    for (const { tag } of held.toReversed()) this.#host.unsettled.reject(this.#host.channel, tag, true)
  }

  /** Nothing is asked of the server any more. */
  end(): void {
    this.#held = []
    this.#wanted = undefined
    this.#timer?.cancel()
  }

  async #apply(prefetch: number | undefined): Promise<void> {
    if (prefetch !== this.#wanted) return
    const { channel, noAck } = this.#host
    const before = this.#tag
    if (prefetch !== undefined) {
      await channel.prefetch(Math.min(prefetch, 65_535))
      const { consumerTag } = await channel.consume(this.queue, message => this.#arrived(message), { noAck })
      this.#tag = consumerTag
    } else this.#tag = undefined
    if (before !== undefined) await channel.cancel(before)
    if (this.#wanted === undefined) this.giveBack()
  }

  #arrived(message: ConsumeMessage | null): void {
    if (message === null) {
      this.#host.deleted(this.queue)
      return
    }
    const { deliveryTag } = message.fields
    const { noAck, unsettled } = this.#host
    const delivery = readDelivery(message, this.queue, deliveryTag)
    if (!noAck) unsettled.add(deliveryTag, () => this.#settled(delivery))
    this.#held.push(delivery)
    this.#host.wake()
  }

  #settled(delivery: Held): void {
    if (this.#held.includes(delivery)) return
    this.#unsettled = Math.max(0, this.#unsettled - 1)
    this.#host.wake()
  }

  #setTimer(now: number): void {
    this.#timer?.cancel()
    const next = Math.min(...this.#held.map(({ due }) => due).filter(due => due > now))
    if (next !== Number.POSITIVE_INFINITY)
      this.#timer = this.#host.clock.setTimer(next - now, () => this.#host.wake(), { keepAlive: false })
  }
}
