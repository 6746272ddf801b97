import { toError } from '@umbel/runtime'
import type {
  Channel,
  ConsumeOptions,
  DeliverySink,
  Outgoing,
  PublishOptions,
  QueueStat,
  Settlement,
  Subscription
} from '../contract.js'
import { ClosedError } from '../errors.js'
import type { Topology } from '../topology.js'
import { checkTopology } from './check-topology.js'
import type { ChannelHost } from './host.js'
import { PendingPublishes } from './pending-publishes.js'
import { MessageRouter } from './routing.js'
import { Settler } from './settler.js'
import type { TakenMessage } from './store.js'
import { type SubscriptionHost, VirtualSubscription } from './subscription.js'
import { Unsettled } from './unsettled.js'

/**
 * - `open`
 * - `closing`: subscriptions end and what is unsettled goes back; only `settle` is still heard.
 * - `closed`: every verb rejects with ClosedError.
 */
type State = 'open' | 'closing' | 'closed'

/** A channel over a store that is not a broker. */
export class VirtualChannel implements Channel {
  readonly #host: ChannelHost
  readonly #router: MessageRouter
  readonly #unsettled = new Unsettled()
  readonly #settler: Settler
  readonly #publishes: PendingPublishes
  readonly #subscriptions = new Set<VirtualSubscription>()
  #state: State = 'open'
  #closing: Promise<void> | undefined

  constructor(host: ChannelHost) {
    this.#host = host
    this.#router = new MessageRouter(host.store, host.settings)
    this.#settler = new Settler(host, this.#router, this.#unsettled)
    this.#publishes = new PendingPublishes(host.settings.clock)
  }

  async declare(topology: Topology): Promise<void> {
    this.#checkOpen()
    const { exchanges, queues, bindings } = checkTopology(topology)
    await this.#host.attempt(async () => {
      if (exchanges.length > 0) await this.#host.store.declareExchanges(exchanges)
      if (queues.length > 0) await this.#host.store.declareQueues(queues)
      if (bindings.length > 0) await this.#host.store.bind(bindings)
    })
  }

  async publish(batch: readonly Outgoing[], options: PublishOptions = {}): Promise<readonly (Error | undefined)[]> {
    this.#checkOpen()
    if (batch.length === 0) return []
    try {
      return await this.#publishes.run(options, () => this.#host.attempt(() => this.#put(batch, options.within)))
    } catch (thrown) {
      const error = toError(thrown)
      return batch.map(() => error)
    }
  }

  async consume(queues: readonly string[], sink: DeliverySink, options: ConsumeOptions): Promise<Subscription> {
    this.#checkOpen()
    const subscription = new VirtualSubscription(this.#subscriptionHost(), queues, { sink, options })
    this.#subscriptions.add(subscription)
    this.#host.consuming()
    return subscription
  }

  async settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    if (this.#state === 'closed') this.#checkOpen()
    return this.#settler.settle(batch)
  }

  async stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    this.#checkOpen()
    return this.#host.attempt(() => this.#host.store.stat(queues))
  }

  async purge(queue: string): Promise<number> {
    this.#checkOpen()
    return this.#host.attempt(() => this.#host.store.purge(queue))
  }

  async delete(queue: string): Promise<void> {
    this.#checkOpen()
    await this.#host.attempt(() => this.#host.store.drop(queue))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** The connection has ended: nothing can be given back. */
  end(error: Error): void {
    this.#state = 'closed'
    for (const subscription of this.#subscriptions) subscription.end()
    this.#publishes.fail(error)
  }

  heldIds(): readonly string[] {
    return this.#unsettled.list().map(held => held.id)
  }

  /** Leases that ended; one that is being settled gets its answer there. */
  lose(ids: ReadonlySet<string>): void {
    this.#settler.lose(this.#unsettled.list().filter(held => ids.has(held.id) && !held.settling))
  }

  /** Consumers may find something. */
  wake(): void {
    for (const subscription of this.#subscriptions) subscription.wake()
  }

  async #put(batch: readonly Outgoing[], within: unknown): Promise<readonly (Error | undefined)[]> {
    const { stored, origins, errors } = await this.#router.route(batch)
    if (stored.length === 0) return errors
    const outcomes = await this.#host.store.put(stored, within === undefined ? {} : { within })
    const answers = [...errors]
    outcomes.forEach((outcome, index) => {
      const origin = origins[index]
      if (outcome !== undefined && origin !== undefined) answers[origin] ??= outcome
    })
    return answers
  }

  #subscriptionHost(): SubscriptionHost {
    const { store, settings } = this.#host
    return {
      queueOrder: settings.queueOrder,
      take: (queues, limit) => this.#host.attempt(() => store.take(queues, limit)),
      listen: (queues, ring, idle) => store.listen(queues, ring, idle),
      forget: async taken => {
        const outcomes = await store.settle(taken.map(({ id }) => ({ id, kind: 'forget' })))
        return taken.filter((_message, index) => outcomes[index] === 'done')
      },
      admit: (subscription, taken) => this.#unsettled.admit(subscription, taken, !subscription.noAck),
      giveBack: taken => this.#giveBack(taken),
      cancelled: subscription => this.#subscriptions.delete(subscription),
      fail: error => this.#host.fail(error)
    }
  }

  async #giveBack(taken: readonly TakenMessage[]): Promise<void> {
    await this.#host.store.settle(taken.map(({ id, redelivered }) => ({ id, kind: 'restore', redelivered })))
  }

  async #close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    await Promise.all([...this.#subscriptions].map(subscription => subscription.cancel()))
    await this.#settler.drain()
    await this.#settler.restoreAll()
    await this.#publishes.drain()
    this.#state = 'closed'
    this.#host.release(this)
  }

  #checkOpen(): void {
    if (this.#state === 'open') return
    const { reason } = this.#host
    throw new ClosedError('the channel is closed', reason === undefined ? {} : { cause: reason })
  }
}
