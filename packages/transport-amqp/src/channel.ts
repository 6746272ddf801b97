import { type Clock, toError } from '@umbel/runtime'
import {
  type Channel,
  ConnectionError,
  type ConsumeOptions,
  type DeliverySink,
  type Outgoing,
  PublishError,
  type PublishOptions,
  type QueueStat,
  type Settlement,
  type Subscription,
  type Topology,
  TopologyError
} from '@umbel/transport'
import type { ChannelModel, ConfirmChannel, Channel as WireChannel } from 'amqplib'
import { declareTopology } from './declare.js'
import { isLasting, prepareForCelery } from './delay/celery.js'
import { DelayExchanges } from './delay/exchanges.js'
import type { DelayedQueueType } from './delay/levels.js'
import { inspectConsumed } from './inspect/warnings.js'
import { NOT_FOUND, replyCode, toConnectionError } from './errors.js'
import { closedError, Publisher } from './publisher.js'
import { SpareChannel } from './spare-channel.js'
import { AmqpSubscription } from './subscription.js'
import { Unsettled } from './unsettled.js'

export interface ChannelHost {
  readonly model: ChannelModel
  readonly clock: Clock
  readonly delayedQueueType: DelayedQueueType
  readonly reason: Error | undefined
  /** Of RabbitMQ's version. */
  readonly serverMajor: number
  /** Why the server takes nothing at present. */
  readonly blocked: string | undefined
  /** `apart`: over another connection than what is consumed. */
  openPublishing(apart: boolean): Promise<ConfirmChannel>
  fail(error: Error): void
  warn(code: string, text: string): void
  /** The process does not end before `work` does. */
  holding<T>(work: Promise<T>): Promise<T>
  hold(more: 1 | -1): void
  release(channel: AmqpChannel): void
}

/** Three channels of AMQP: what consumes, what publishes, and what the server may refuse. */
export class AmqpChannel implements Channel {
  readonly #host: ChannelHost
  readonly #wire: WireChannel
  readonly #spare: SpareChannel
  readonly #delays: DelayExchanges
  readonly #publisher: Publisher
  readonly #unsettled = new Unsettled()
  /** Queues that this channel declared, and that will not outlive their clients for long. */
  readonly #temporary = new Set<string>()
  /** Queues without a dead-letter exchange. */
  readonly #dropping = new Set<string>()
  readonly #subscriptions = new Set<AmqpSubscription>()
  /** Of these, such as keep the process alive. */
  readonly #holding = new Set<AmqpSubscription>()
  /** Settlements whose follow-ups are not confirmed yet. */
  readonly #settling = new Set<Promise<unknown>>()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closing: Promise<void> | undefined

  constructor(host: ChannelHost, wire: WireChannel) {
    this.#host = host
    this.#wire = wire
    const { model, clock, delayedQueueType } = host
    this.#spare = new SpareChannel(model)
    this.#delays = new DelayExchanges(this.#spare, delayedQueueType)
    this.#publisher = new Publisher({
      open: apart => host.openPublishing(apart),
      consuming: () => this.#subscriptions.size > 0,
      blocked: () => host.blocked,
      clock,
      spare: this.#spare,
      delays: this.#delays
    })
    wire.on('error', error => this.#host.fail(toConnectionError(error)))
  }

  async declare(topology: Topology): Promise<void> {
    this.#checkOpen()
    await this.#host.holding(this.#declare(topology))
  }

  async publish(batch: readonly Outgoing[], options?: PublishOptions): Promise<readonly (Error | undefined)[]> {
    this.#checkOpen()
    return batch.length === 0 ? [] : this.#host.holding(this.#publisher.publish(batch, options))
  }

  async consume(queues: readonly string[], sink: DeliverySink, options: ConsumeOptions): Promise<Subscription> {
    this.#checkOpen()
    const subscription = new AmqpSubscription(
      {
        channel: this.#wire,
        unsettled: this.#unsettled,
        clock: this.#host.clock,
        check: names => this.#check(names, options),
        cancelled: ended => this.#forget(ended),
        fail: error => this.#host.fail(error)
      },
      sink,
      options
    )
    this.#subscriptions.add(subscription)
    if (options.idle !== true) {
      this.#holding.add(subscription)
      this.#host.hold(1)
    }
    try {
      await this.#host.holding(subscription.setQueues(queues))
    } catch (thrown) {
      this.#forget(subscription)
      throw thrown
    }
    return subscription
  }

  async settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    if (this.#state === 'closed') this.#checkOpen()
    const acks: number[] = []
    const seen = new Set<number>()
    const later: Promise<void>[] = []
    const outcomes: (Error | undefined)[] = batch.map(() => undefined)
    batch.forEach((settlement, index) => {
      const { tag, kind } = settlement
      if (seen.has(tag) || !this.#unsettled.has(tag)) return
      seen.add(tag)
      if (kind === 'start') outcomes[index] = new PublishError('RabbitMQ cannot mark what was started: acknowledge it')
      else if (kind === 'reject') this.#reject(tag, settlement.requeue)
      else if (settlement.publish === undefined || settlement.publish.length === 0) acks.push(tag)
      else later.push(this.#follow(tag, settlement.publish).then(error => void (outcomes[index] = error)))
    })
    this.#unsettled.ack(this.#wire, acks)
    const done = Promise.all(later)
    if (later.length > 0) this.#settling.add(done)
    await done
    this.#settling.delete(done)
    return outcomes
  }

  async stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    this.#checkOpen()
    return Promise.all(queues.map(queue => this.#stat(queue)))
  }

  async purge(queue: string): Promise<number> {
    this.#checkOpen()
    const reply = await this.#ifThere(channel => channel.purgeQueue(queue))
    return reply?.messageCount ?? 0
  }

  async delete(queue: string): Promise<void> {
    this.#checkOpen()
    await this.#ifThere(channel => channel.deleteQueue(queue))
    this.#delays.forget(queue)
  }

  close(): Promise<void> {
    this.#closing ??= this.#host.holding(this.#close())
    return this.#closing
  }

  /** The connection has ended: the server gives back what was unsettled. */
  end(error: ConnectionError): void {
    this.#state = 'closed'
    for (const subscription of this.#subscriptions) subscription.end()
    this.#publisher.fail(error)
  }

  async #declare(topology: Topology): Promise<void> {
    await declareTopology(this.#spare, topology)
    for (const queue of topology.queues ?? [])
      if (isLasting(queue)) this.#warn(await this.#delays.bind(queue.name))
      else this.#temporary.add(queue.name)
    await prepareForCelery({ spare: this.#spare, delays: this.#delays }, topology).catch((thrown: unknown) =>
      this.#warn(toError(thrown))
    )
  }

  #forget(subscription: AmqpSubscription): void {
    this.#subscriptions.delete(subscription)
    if (this.#holding.delete(subscription)) this.#host.hold(-1)
  }

  #reject(tag: number, requeue: boolean): void {
    const queue = this.#unsettled.queueOf(tag) ?? ''
    if (!requeue && this.#dropping.has(queue)) this.#host.warn('UMBEL_REJECTED', rejected(queue))
    this.#unsettled.reject(this.#wire, tag, requeue)
  }

  /** Published and confirmed, then acknowledged: killed in between, the message comes back marked. */
  async #follow(tag: number, publish: readonly Outgoing[]): Promise<Error | undefined> {
    const outcomes = await this.#publisher.publish(publish)
    const error = outcomes.find(outcome => outcome !== undefined)
    if (error === undefined && !this.#isClosed()) this.#unsettled.ack(this.#wire, [tag])
    return error
  }

  async #stat(queue: string): Promise<QueueStat> {
    const reply = await this.#ifThere(channel => channel.checkQueue(queue))
    const { messageCount: ready = 0, consumerCount: consumers = 0 } = reply ?? {}
    return { queue, ready, consumers, unacked: undefined, delayed: undefined, oldest: undefined }
  }

  async #check(queues: readonly string[], { noAck = false }: ConsumeOptions): Promise<void> {
    for (const queue of queues) {
      if ((await this.#ifThere(channel => channel.checkQueue(queue))) === undefined)
        throw new TopologyError(`queue "${queue}" was never declared`)
      if (noAck || this.#temporary.has(queue)) continue
      this.#warn(await this.#delays.bind(queue))
      await this.#inspect(queue)
    }
  }

  async #inspect(queue: string): Promise<void> {
    const { warnings, dropsRejects } = await inspectConsumed(this.#spare, queue, this.#host.serverMajor)
    for (const text of warnings) this.#host.warn('UMBEL_QUEUE', text)
    if (dropsRejects) this.#dropping.add(queue)
    else this.#dropping.delete(queue)
  }

  /** A user who may not bind can consume all the same; one who sends a delayed message is refused then. */
  #warn(error: Error | undefined): void {
    if (error === undefined) return
    if (error instanceof ConnectionError) throw error
    this.#host.warn('UMBEL_DELAYED_DELIVERY', `delayed messages may be lost: ${error.message}`)
  }

  async #ifThere<T>(use: (channel: WireChannel) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#host.holding(this.#spare.run(use))
    } catch (thrown) {
      if (replyCode(thrown) === NOT_FOUND) return undefined
      throw toConnectionError(thrown)
    }
  }

  async #close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    await Promise.all([...this.#subscriptions].map(subscription => subscription.cancel()))
    await Promise.all([...this.#settling])
    await this.#publisher.close()
    if (!this.#isClosed()) await this.#wire.close().catch((thrown: unknown) => toError(thrown))
    await this.#spare.close()
    this.#state = 'closed'
    this.#host.release(this)
  }

  /** A method, because the compiler does not see that an await may change the state. */
  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #checkOpen(): void {
    if (this.#state !== 'open') throw closedError('channel', this.#host.reason)
  }
}

function rejected(queue: string): string {
  return `a message of queue "${queue}" was rejected and is lost: the queue has no dead-letter exchange (unless a policy gives it one)`
}
