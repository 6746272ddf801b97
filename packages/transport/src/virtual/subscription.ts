import { toError } from '@umbel/runtime'
import type { ConsumeOptions, Delivery, DeliverySink, Subscription } from '../contract.js'
import { ClosedError } from '../errors.js'
import { QueueCycle, type QueueOrder } from './queue-cycle.js'
import type { Listener, TakenMessage } from './store.js'

/** Most that is asked of the store at once, so that a subscription without limit leaves the loop some air. */
const LARGEST_TAKE = 1000

/** What a subscription needs of its channel. */
export interface SubscriptionHost {
  readonly queueOrder: QueueOrder
  take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]>
  listen(queues: readonly string[], ring: () => void, idle: boolean): Listener
  /** Settles what is consumed without acknowledgement; answers those that were still ours. */
  forget(taken: readonly TakenMessage[]): Promise<readonly TakenMessage[]>
  /** Gives tags, and notes what must be settled. */
  admit(subscription: VirtualSubscription, taken: readonly TakenMessage[]): readonly Delivery[]
  /** Puts back what was taken and not handed over, as if it had never been taken. */
  giveBack(taken: readonly TakenMessage[]): Promise<void>
  /** It asks for nothing more. */
  cancelled(subscription: VirtualSubscription): void
  fail(error: Error): void
}

/**
 * - `idle`: nothing is known to be ready; the bell wakes it.
 * - `taking`: a take is under way; what it brings is handed over.
 * - `full`: no free credit; a settlement or a larger prefetch wakes it.
 * - `paused`: until `resume`; what a take under way brings goes back.
 * - `cancelled`: for good; the same.
 * - `ended`: the store is gone; the sink is not called any more.
 */
type State = 'idle' | 'taking' | 'full' | 'paused' | 'cancelled' | 'ended'

/** One consumer's credit over some queues: the bell → take at most the credit → hand over, again while there may be more. */
export class VirtualSubscription implements Subscription {
  readonly noAck: boolean
  readonly #idle: boolean
  readonly #sink: DeliverySink
  readonly #host: SubscriptionHost
  readonly #cycle: QueueCycle
  #state: State = 'idle'
  #prefetch: number
  #unsettled = 0
  /** Something may be ready: the bell rang, or the last take was cut short by its limit. */
  #more = true
  #underway: Promise<void> | undefined
  #listener: Listener

  constructor(
    host: SubscriptionHost,
    queues: readonly string[],
    consumer: { sink: DeliverySink; options: ConsumeOptions }
  ) {
    this.#host = host
    this.#sink = consumer.sink
    this.#prefetch = consumer.options.prefetch
    this.noAck = consumer.options.noAck ?? false
    this.#idle = consumer.options.idle ?? false
    this.#cycle = new QueueCycle(host.queueOrder, queues)
    this.#listener = this.#listen()
    setImmediate(() => this.#pump())
  }

  setPrefetch(count: number): void {
    this.#prefetch = count
    this.#pump()
  }

  async setQueues(queues: readonly string[]): Promise<void> {
    if (this.#isOver()) throw new ClosedError('the subscription is cancelled')
    this.#cycle.set(queues)
    const before = this.#listener
    this.#listener = this.#listen()
    before.close()
    await this.#underway
    this.#ring()
  }

  pause(): void {
    if (!this.#isOver()) this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#more = true
    this.#state = this.#underway === undefined ? 'idle' : 'taking'
    this.#pump()
  }

  async cancel(): Promise<void> {
    this.#stop('cancelled')
    await this.#underway
    this.#host.cancelled(this)
  }

  /** Ends at once: the store is gone. */
  end(): void {
    this.#stop('ended')
  }

  /** So many of its deliveries are settled. */
  settled(count: number): void {
    this.#unsettled -= count
    this.#pump()
  }

  /** These deliveries are somebody else's now. */
  lost(tags: readonly number[]): void {
    if (tags.length === 0) return
    if (!this.#isOver()) this.#call(() => this.#sink.lost(tags))
    this.settled(tags.length)
  }

  /** Looks again, as if the bell had rung. */
  wake(): void {
    this.#ring()
  }

  #stop(state: 'cancelled' | 'ended'): void {
    if (this.#state === 'ended') return
    this.#state = state
    this.#listener.close()
  }

  #isOver(): boolean {
    return this.#state === 'cancelled' || this.#state === 'ended'
  }

  #listen(): Listener {
    return this.#host.listen(this.#cycle.order, () => this.#ring(), this.#idle)
  }

  #ring(): void {
    this.#more = true
    this.#pump()
  }

  #pump(): void {
    if (this.#state !== 'idle' && this.#state !== 'full') return
    const credit = this.#credit()
    this.#state = credit > 0 ? 'idle' : 'full'
    if (credit <= 0 || !this.#more || this.#cycle.order.length === 0) return
    this.#state = 'taking'
    this.#underway = this.#take(credit)
  }

  #credit(): number {
    return this.#prefetch === 0 ? LARGEST_TAKE : Math.min(LARGEST_TAKE, this.#prefetch - this.#unsettled)
  }

  async #take(limit: number): Promise<void> {
    this.#more = false
    try {
      const taken = await this.#host.take(this.#cycle.order, limit)
      if (taken.length >= limit) this.#more = true
      await this.#handOver(taken)
    } catch (thrown) {
      this.#host.fail(toError(thrown))
    }
    this.#underway = undefined
    if (this.#state !== 'taking') return
    this.#state = 'idle'
    if (this.#more) setImmediate(() => this.#pump())
  }

  async #handOver(taken: readonly TakenMessage[]): Promise<void> {
    if (taken.length === 0) return
    const wanted = this.#isTaking() ? taken.filter(message => this.#cycle.has(message.queue)) : []
    if (wanted.length < taken.length) await this.#host.giveBack(taken.filter(message => !wanted.includes(message)))
    const ours = this.noAck && wanted.length > 0 ? await this.#host.forget(wanted) : wanted
    if (ours.length === 0 || this.#hasEnded()) return
    if (this.#cycle.order.length > 1) this.#cycle.rotate(new Set(ours.map(message => message.queue)))
    const deliveries = this.#host.admit(this, ours)
    if (!this.noAck) this.#unsettled += deliveries.length
    this.#call(() => this.#sink.deliver(deliveries))
  }

  /** A method, because the compiler does not see that an await may change the state. */
  #hasEnded(): boolean {
    return this.#state === 'ended'
  }

  #isTaking(): boolean {
    return this.#state === 'taking'
  }

  #call(sink: () => void): void {
    try {
      sink()
    } catch (thrown) {
      this.#host.fail(toError(thrown))
    }
  }
}
