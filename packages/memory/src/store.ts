import { type Clock, createDeferred } from '@umbel/runtime'
import type { Binding, Exchange, Queue, QueueStat } from '@umbel/transport'
import type {
  ExchangeRoutes,
  Listener,
  SettleOutcome,
  StoredMessage,
  StoreSettlement,
  TakenMessage,
  VirtualStore
} from '@umbel/transport/virtual'
import type { MemoryBroker } from './store-broker.js'
import { copyMessage } from './store-copy.js'
import type { Entry } from './store-queue.js'

export interface MemoryStoreOptions {
  readonly clock: Clock
  /** Seconds; undefined: as long as the connection lives. */
  readonly lease: number | undefined
}

/** One connection's view of a broker: what it has taken is leased to it. */
export class MemoryStore implements VirtualStore {
  readonly closed: Promise<Error | undefined>
  readonly lease: number | undefined
  readonly #broker: MemoryBroker
  readonly #ended = createDeferred<Error | undefined>()

  constructor(broker: MemoryBroker, { clock, lease }: MemoryStoreOptions) {
    this.#broker = broker
    this.lease = lease
    this.closed = this.#ended.promise
    broker.open(this, clock)
  }

  async declareExchanges(exchanges: readonly Exchange[]): Promise<void> {
    for (const exchange of exchanges) this.#broker.exchanges.declare(exchange)
  }

  async declareQueues(queues: readonly Queue[]): Promise<void> {
    for (const queue of queues) this.#broker.declareQueue(queue, this)
  }

  async bind(bindings: readonly Binding[]): Promise<void> {
    for (const binding of bindings) this.#broker.bind(binding)
  }

  async lookup(exchange: string): Promise<ExchangeRoutes | undefined> {
    return this.#broker.exchanges.lookup(exchange)
  }

  async put(batch: readonly StoredMessage[]): Promise<readonly (Error | undefined)[]> {
    const prepared = batch.map(message => this.#broker.prepare(message))
    this.#broker.add(prepared.filter(isEntry))
    return prepared.map(item => (isEntry(item) ? undefined : item))
  }

  async take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]> {
    const taken: TakenMessage[] = []
    const lease = { owner: this, until: this.#leaseEnd() }
    for (const queue of queues) {
      if (taken.length >= limit) break
      for (const entry of this.#broker.take(queue, limit - taken.length, lease)) taken.push(toTaken(entry))
    }
    return taken
  }

  listen(queues: readonly string[], ring: () => void): Listener {
    return this.#broker.listen(queues, ring)
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const restored: Entry[] = []
    const outcomes = batch.map(settlement => this.#settle(settlement, restored))
    if (restored.length > 0) this.#broker.restore(restored)
    return outcomes
  }

  async renew(ids: readonly string[]): Promise<readonly string[]> {
    const until = this.#leaseEnd()
    return ids.filter(id => {
      const lease = this.#broker.held(id, this)?.lease
      if (lease !== undefined) lease.until = until
      return lease === undefined
    })
  }

  async restoreExpired(): Promise<number> {
    const lapsed = this.#broker.lapsed()
    for (const entry of lapsed) entry.redelivered = true
    if (lapsed.length > 0) this.#broker.restore(lapsed)
    return lapsed.length
  }

  async stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    return queues.map(queue => this.#broker.stat(queue))
  }

  async purge(queue: string): Promise<number> {
    return this.#broker.purge(queue)
  }

  async drop(queue: string): Promise<void> {
    this.#broker.drop(queue)
  }

  /** What is still held goes back at once. */
  async close(): Promise<void> {
    const held = this.#broker.heldBy(this)
    for (const entry of held) entry.redelivered = true
    this.#broker.restore(held)
    this.#broker.close(this)
    this.#ended.resolve(undefined)
  }

  /** The message is forgotten before what follows is put: a follow-up may have the same id. */
  #settle(settlement: StoreSettlement, restored: Entry[]): SettleOutcome {
    const entry = this.#broker.held(settlement.id, this)
    if (entry === undefined) return 'lost'
    if (settlement.kind === 'restore') {
      entry.redelivered ||= settlement.redelivered
      entry.lease = undefined
      restored.push(entry)
      return 'done'
    }
    if (settlement.kind === 'start') {
      entry.started = true
      return 'done'
    }
    const followUps = (settlement.put ?? []).map(message => this.#broker.prepare(message))
    const error = followUps.find(item => !isEntry(item))
    if (error !== undefined) return error as Error
    this.#broker.forget(entry)
    if (followUps.length > 0) this.#broker.add(followUps.filter(isEntry))
    return 'done'
  }

  #leaseEnd(): number {
    return this.lease === undefined ? Number.POSITIVE_INFINITY : this.#broker.now() + this.lease * 1000
  }
}

function isEntry(item: Entry | Error): item is Entry {
  return 'place' in item
}

function toTaken({ id, queue, exchange, routingKey, message, redelivered, started }: Entry): TakenMessage {
  return { id, queue, exchange, routingKey, message: copyMessage(message), redelivered, started }
}
