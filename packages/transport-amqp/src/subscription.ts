import { type Timer, toError } from '@umbel/runtime'
import {
  ClosedError,
  ConnectionError,
  type ConsumeOptions,
  type DeliverySink,
  type Subscription
} from '@umbel/transport'
import { type ConsumerHost, QueueConsumer } from './queue-consumer.js'

export interface SubscriptionHost extends Omit<ConsumerHost, 'wake' | 'noAck' | 'consumerArguments' | 'deleted'> {
  /** @throws TopologyError for a queue that is not there */
  check(queues: readonly string[]): Promise<void>
  cancelled(subscription: AmqpSubscription): void
}

/** Milliseconds after which the server hears of a pause. */
const PAUSE = 250

/** Consumers of some queues, each with the prefetch; RabbitMQ counts by consumer and queue. */
export class AmqpSubscription implements Subscription {
  readonly #host: SubscriptionHost
  readonly #sink: DeliverySink
  readonly #noAck: boolean
  readonly #consumerArguments: ConsumerHost['consumerArguments']
  readonly #consumers = new Map<string, QueueConsumer>()
  #prefetch: number
  #isChanging = false
  /** Of a pause that the server has not heard of. */
  #pausing: Timer | undefined
  #state: 'running' | 'paused' | 'cancelled' = 'running'
  #flushing = false

  constructor(host: SubscriptionHost, sink: DeliverySink, options: ConsumeOptions) {
    const { prefetch, noAck = false, consumerArguments = {} } = options
    this.#host = host
    this.#sink = sink
    this.#prefetch = prefetch
    this.#noAck = noAck
    this.#consumerArguments = consumerArguments
  }

  /** Less counts at once, more at the end of the turn: what ends in it is settled by then. */
  setPrefetch(count: number): void {
    const isLess = count !== 0 && (this.#prefetch === 0 || count < this.#prefetch)
    this.#prefetch = count
    if (isLess && this.#state === 'running') this.#limitAll()
    if (this.#isChanging) return
    this.#isChanging = true
    setImmediate(() => {
      this.#isChanging = false
      if (this.#state !== 'running') return
      this.#limitAll()
      this.#wake()
    })
  }

  async setQueues(queues: readonly string[]): Promise<void> {
    if (this.#state === 'cancelled') throw new ClosedError('the subscription is cancelled')
    const added = queues.filter(queue => !this.#consumers.has(queue))
    await this.#host.check(added)
    const removed = [...this.#consumers.values()].filter(({ queue }) => !queues.includes(queue))
    for (const { queue } of removed) this.#consumers.delete(queue)
    const consumers = added.map(queue => new QueueConsumer(queue, this.#consumerHost()))
    for (const consumer of consumers) this.#consumers.set(consumer.queue, consumer)
    await Promise.all(removed.map(consumer => consumer.stop()))
    if (this.#state === 'running') await Promise.all(consumers.map(consumer => consumer.start(this.#prefetch)))
  }

  /** For a moment only this side knows: a worker without a free slot pauses between two tasks. */
  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    for (const consumer of this.#consumers.values()) consumer.limit = undefined
    this.#pausing = this.#host.clock.setTimer(PAUSE, () => this.#stop(), { keepAlive: false })
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#pausing?.cancel()
    this.#limitAll()
    this.#wake()
  }

  async cancel(): Promise<void> {
    this.#state = 'cancelled'
    this.#pausing?.cancel()
    await Promise.all([...this.#consumers.values()].map(consumer => consumer.stop().catch(() => {})))
    this.#host.cancelled(this)
  }

  /** The channel is gone. */
  end(): void {
    this.#state = 'cancelled'
    this.#pausing?.cancel()
    for (const consumer of this.#consumers.values()) consumer.end()
  }

  #limitAll(): void {
    for (const consumer of this.#consumers.values()) consumer.limit = this.#prefetch
  }

  #stop(): void {
    for (const consumer of this.#consumers.values())
      consumer.stop().catch((thrown: unknown) => this.#host.fail(toError(thrown)))
  }

  /** After all frames of one read have arrived, and never inside the sink. */
  #wake(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    if (this.#state !== 'running') return
    const consumers = [...this.#consumers.values()]
    const batch = consumers.flatMap(consumer => consumer.take())
    for (const consumer of consumers) consumer.adjust()
    if (batch.length === 0) return
    try {
      this.#sink.deliver(batch)
    } catch (thrown) {
      this.#host.fail(toError(thrown))
    }
  }

  #consumerHost(): ConsumerHost {
    const { channel, unsettled, clock, fail } = this.#host
    const deleted = (queue: string): void =>
      fail(new ConnectionError(`queue "${queue}" was deleted under its consumer`, { recoverable: true }))
    const [noAck, consumerArguments] = [this.#noAck, this.#consumerArguments]
    return { channel, unsettled, clock, fail, deleted, noAck, consumerArguments, wake: () => this.#wake() }
  }
}
