import { Scripts } from '@umbel/redis'
import { randomUUID } from 'node:crypto'
import { type Clock, createDeferred, toError } from '@umbel/runtime'
import { type Binding, ConnectionError, type Exchange, type Queue, type QueueStat } from '@umbel/transport'
import type {
  ExchangeRoutes,
  Listener,
  SettleOutcome,
  StoredMessage,
  StoreSettlement,
  TakenMessage,
  VirtualStore
} from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import { Fanout, toFanoutQueue } from './fanout.js'
import { leaveMovers } from './hand-back.js'
import { Holdings } from './holdings.js'
import { Inheritance } from './inheritance.js'
import { Keys } from './keys.js'
import type { LeaseThread, LeaseThreadData } from './lease-keeper.js'
import type { RedisSettings } from './options.js'
import { Publisher } from './publisher.js'
import { Restorer } from './restorer.js'
import { statQueues } from './stat.js'
import { RedisTopology } from './topology.js'
import { Watcher } from './watcher.js'

export interface RedisStoreOptions {
  readonly client: Redis
  /** Hears what changes. */
  readonly subscriber: Redis
  readonly url: string
  readonly database: number
  readonly settings: RedisSettings
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
  /** Renews what is held under these fields from another thread. */
  readonly leaseThread?: (held: Pick<LeaseThreadData, 'fields' | 'keys' | 'lease' | 'flags'>) => LeaseThread
  /** The server's major version. */
  readonly version: number
  /** Takes over what earlier connections of this holder left. */
  readonly holder: string | undefined
}

/** One connection's view of kombu's keys: what it has taken is leased to it. */
export class RedisStore implements VirtualStore {
  readonly lease: number
  /** What the fields of this store begin with, after `umbel:`. */
  readonly worker: string
  readonly #options: RedisStoreOptions
  readonly #client: Redis
  readonly #keys: Keys
  readonly #scripts: Scripts
  readonly #topology: RedisTopology
  readonly #fanout: Fanout
  readonly #publisher: Publisher
  readonly #restorer: Restorer
  readonly #watcher: Watcher
  readonly #holdings: Holdings
  readonly #inheritance: Inheritance
  readonly #ended = createDeferred<Error | undefined>()
  readonly #queues = new Map<string, Queue>()
  #leaseThread: LeaseThread | undefined
  #closing: Promise<void> | undefined

  constructor(options: RedisStoreOptions) {
    const { client, subscriber, settings, clock, lease } = options
    const { bodyEncoding, fanoutPatterns: patterns, fanoutPrefix, globalKeyprefix } = settings
    const keys = new Keys({ prefix: globalKeyprefix, separator: settings.sep, steps: settings.prioritySteps })
    const scripts = new Scripts(client, { drains: true, flags: options.version >= 7 })
    const failed = (thrown: unknown): void => this.#end(toError(thrown))
    const prefix = `${globalKeyprefix}${fanoutPrefix.replace('{db}', String(options.database))}`
    this.#options = options
    this.lease = lease
    this.#client = client
    this.#keys = keys
    this.#scripts = scripts
    const worker = `${holderOf(options)}${randomUUID().replaceAll('-', '')}`
    this.worker = worker
    this.#watcher = new Watcher({ client, subscriber, scripts, keys, clock, worker, failed })
    this.#topology = new RedisTopology(client, keys)
    this.#fanout = new Fanout({ subscriber, prefix, patterns, ring: () => this.#watcher.ring() })
    this.#publisher = new Publisher({ client, scripts, keys, fanout: this.#fanout, queues: this.#queues, bodyEncoding })
    this.#restorer = new Restorer({ client, scripts, keys, topology: this.#topology, settings, worker, clock, lease })
    const background = (work: Promise<unknown>): void => this.#background(work)
    this.#holdings = new Holdings({ scripts, keys, publisher: this.#publisher, worker, lease, background })
    this.#inheritance = new Inheritance({ scripts, keys, clock, holdings: this.#holdings, worker, lease, failed })
    for (const each of [client, subscriber]) each.on('close', () => this.#end(undefined))
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  /** Lets the server tell what changes. */
  async open(): Promise<void> {
    const { unackedIndex, startedIndex } = this.#keys
    const { lease, version } = this.#options
    const held = { fields: `umbel:${this.worker}:`, keys: [unackedIndex, startedIndex], lease, flags: version >= 7 }
    await this.#watcher.open()
    if (this.#options.holder !== undefined) await this.#inheritance.adopt(holderOf(this.#options))
    if (this.#closing === undefined) this.#leaseThread = this.#options.leaseThread?.(held)
  }

  declareExchanges(exchanges: readonly Exchange[]): Promise<void> {
    return this.#topology.declareExchanges(exchanges)
  }

  /** Kombu has no key for a queue that is empty. */
  async declareQueues(queues: readonly Queue[]): Promise<void> {
    for (const queue of queues) this.#queues.set(queue.name, queue)
  }

  async bind(bindings: readonly Binding[]): Promise<void> {
    await this.#topology.bind(bindings)
    for (const { exchange, queue } of bindings)
      if ((await this.#topology.typeOf(exchange)) === 'fanout') await this.#fanout.bind(exchange, queue)
  }

  async lookup(exchange: string): Promise<ExchangeRoutes | undefined> {
    const routes = await this.#topology.lookup(exchange)
    if (routes?.type !== 'fanout') return routes
    return { type: 'fanout', bindings: [{ exchange, queue: toFanoutQueue(exchange) }] }
  }

  put(batch: readonly StoredMessage[]): Promise<readonly (Error | undefined)[]> {
    return this.#publisher.put(batch)
  }

  async take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]> {
    const here = [...this.#fanout.take(queues, limit), ...this.#inheritance.take(queues, limit)]
    if (here.length >= limit) return here
    const wanted = limit - here.length
    const taken = await this.#holdings.take(queues, wanted)
    if (taken.length < wanted) this.#watcher.watch(queues.flatMap(queue => this.#keys.allLists(queue)))
    return here.length === 0 ? taken : [...here, ...taken]
  }

  listen(_queues: readonly string[], ring: () => void, idle = false): Listener {
    return this.#watcher.listen(ring, idle)
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const broadcast = batch.map(settlement => this.#fanout.holds(settlement.id))
    if (!broadcast.includes(true)) return this.#holdings.settle(batch)
    const outcomes = await this.#holdings.settle(batch.filter((_settlement, index) => broadcast[index] !== true))
    let place = 0
    return batch.map((settlement, index) =>
      broadcast[index] === true ? this.#settleBroadcast(settlement) : (outcomes[place++] ?? 'lost')
    )
  }

  renew(ids: readonly string[]): Promise<readonly string[]> {
    return this.#holdings.renew(ids.filter(id => !this.#fanout.holds(id)))
  }

  restoreExpired(): Promise<number> {
    return this.#restorer.restoreExpired()
  }

  stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    return statQueues({ client: this.#client, keys: this.#keys, fanout: this.#fanout }, queues)
  }

  async purge(queue: string): Promise<number> {
    const [stat] = await this.stat([queue])
    await this.#client
      .multi()
      .del(...this.#keys.allLists(queue), this.#keys.delayed(queue))
      .zrem(this.#keys.delayedIndex, queue)
      .exec()
    this.#fanout.purge(queue)
    return (stat?.ready ?? 0) + (stat?.delayed ?? 0)
  }

  async drop(queue: string): Promise<void> {
    await this.purge(queue)
    await this.#topology.unbind(queue)
    await this.#fanout.drop(queue)
    this.#queues.delete(queue)
  }

  destroy(): void {
    for (const each of [this.#client, this.#options.subscriber]) each.disconnect()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #settleBroadcast(settlement: StoreSettlement): SettleOutcome {
    if (settlement.kind === 'start') return 'done'
    if (settlement.kind === 'forget' && settlement.put !== undefined) this.#background(this.put(settlement.put))
    return this.#fanout.settle(settlement.id, settlement.kind === 'restore') === true ? 'done' : 'lost'
  }

  /** Work that nobody waits for; when it fails the store ends, so that the owner opens a new one. */
  #background(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.#end(toError(thrown)))
  }

  async #close(): Promise<void> {
    this.#watcher.stop()
    const unasked = this.#inheritance.stop()
    await this.#leaseThread?.stop()
    const { subscriber } = this.#options
    try {
      if (this.#client.status === 'ready') await this.#leave(unasked)
    } catch {
      // The server is gone; leases give back what is left.
    } finally {
      this.#client.disconnect()
      subscriber.disconnect()
      this.#ended.resolve(undefined)
    }
  }

  async #leave(unasked: readonly TakenMessage[]): Promise<void> {
    await this.#holdings.settle(unasked.map(({ id }) => ({ id, kind: 'restore', redelivered: true })))
    const { database } = this.#options
    const parts = { client: this.#client, scripts: this.#scripts, keys: this.#keys, database, worker: this.worker }
    await leaveMovers(parts)
    for (const { name, exclusive } of [...this.#queues.values()]) if (exclusive === true) await this.drop(name)
  }

  #end(reason: Error | undefined): void {
    if (this.#closing !== undefined) return
    const { url } = this.#options
    const cause = reason === undefined ? {} : { cause: reason }
    const message = `the connection to ${url} ended${reason === undefined ? '' : `: ${reason.message}`}`
    this.#ended.resolve(new ConnectionError(message, { ...cause, url, recoverable: true }))
    void this.close().catch(() => undefined)
  }
}

/** '': nobody takes over what it leaves. */
function holderOf({ holder }: Pick<RedisStoreOptions, 'holder'>): string {
  return holder === undefined ? '' : `${encodeURIComponent(holder)}/`
}
