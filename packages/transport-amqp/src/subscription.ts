import { toError } from '@umbel/runtime'
import {
  ClosedError,
  ConnectionError,
  type ConsumeOptions,
  type DeliverySink,
  type Subscription
} from '@umbel/transport'
import { type ConsumerHost, QueueConsumer } from './queue-consumer.js'

export interface SubscriptionHost extends Omit<ConsumerHost, 'wake' | 'noAck' | 'deleted'> {
  /** @throws TopologyError for a queue that is not there */
  check(queues: readonly string[]): Promise<void>
  cancelled(subscription: AmqpSubscription): void
}

/** Consumers of some queues, each with the prefetch; RabbitMQ counts by consumer and queue. */
export class AmqpSubscription implements Subscription {
  readonly #host: SubscriptionHost
  readonly #sink: DeliverySink
  readonly #noAck: boolean
  readonly #consumers = new Map<string, QueueConsumer>()
  #prefetch: number
  #state: 'running' | 'paused' | 'cancelled' = 'running'
  #flushing = false

  constructor(host: SubscriptionHost, sink: DeliverySink, { prefetch, noAck = false }: ConsumeOptions) {
    this.#host = host
    this.#sink = sink
    this.#prefetch = prefetch
    this.#noAck = noAck
  }

  /** A new prefetch is a new consumer: the server leaves those that are there as they are. */
  setPrefetch(count: number): void {
    if (count === this.#prefetch) return
    this.#prefetch = count
    if (this.#state === 'running') this.#steerAll(count)
    this.#wake()
  }

  async setQueues(queues: readonly string[]): Promise<void> {
    if (this.#state === 'cancelled') throw new ClosedError('the subscription is cancelled')
    const added = queues.filter(queue => !this.#consumers.has(queue))
    await this.#host.check(added)
    const removed = [...this.#consumers.values()].filter(({ queue }) => !queues.includes(queue))
    for (const { queue } of removed) this.#consumers.delete(queue)
    const consumers = added.map(queue => new QueueConsumer(queue, this.#consumerHost()))
    for (const consumer of consumers) this.#consumers.set(consumer.queue, consumer)
    await Promise.all(removed.map(consumer => consumer.steer(undefined)))
    if (this.#state === 'running') await Promise.all(consumers.map(consumer => consumer.steer(this.#prefetch)))
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#steerAll(undefined)
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#steerAll(this.#prefetch)
  }

  async cancel(): Promise<void> {
    this.#state = 'cancelled'
    await Promise.all([...this.#consumers.values()].map(consumer => consumer.steer(undefined).catch(() => {})))
    this.#host.cancelled(this)
  }

  /** The channel is gone. */
  end(): void {
    this.#state = 'cancelled'
    for (const consumer of this.#consumers.values()) consumer.end()
  }

  #steerAll(prefetch: number | undefined): void {
    for (const consumer of this.#consumers.values())
      consumer.steer(prefetch).catch(thrown => this.#host.fail(toError(thrown)))
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
    const batch = [...this.#consumers.values()].flatMap(consumer => consumer.take(this.#prefetch))
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
    return { channel, unsettled, clock, fail, deleted, noAck: this.#noAck, wake: () => this.#wake() }
  }
}
