import { Scripts } from '@umbel/redis'
import { randomUUID } from 'node:crypto'
import { type Clock, createDeferred, toError } from '@umbel/runtime'
import { type Binding, ConnectionError, type Exchange, type Queue, type QueueStat } from '@umbel/transport'
import {
  decodeEnvelope,
  type ExchangeRoutes,
  type Listener,
  type SettleOutcome,
  type StoredMessage,
  type StoreSettlement,
  type TakenMessage,
  type VirtualStore
} from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import { markRedelivered } from './envelope.js'
import { Fanout, fanoutExchange, toFanoutQueue } from './fanout.js'
import { readField, tailOf } from './fields.js'
import { Keys } from './keys.js'
import type { LeaseThread, LeaseThreadData } from './lease-keeper.js'
import type { RedisSettings } from './options.js'
import { Publisher } from './publisher.js'
import { Restorer } from './restorer.js'
import { RENEW, SETTLE, TAKE } from './scripts.js'
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
}

interface Held {
  readonly text: string
  readonly queue: string
  readonly step: number
}

/** One connection's view of kombu's keys: what it has taken is leased to it. */
export class RedisStore implements VirtualStore {
  readonly lease: number
  /** What the fields of this store begin with. */
  readonly worker = randomUUID().replaceAll('-', '')
  readonly #options: RedisStoreOptions
  readonly #client: Redis
  readonly #keys: Keys
  readonly #scripts: Scripts
  readonly #topology: RedisTopology
  readonly #fanout: Fanout
  readonly #publisher: Publisher
  readonly #restorer: Restorer
  readonly #watcher: Watcher
  readonly #held = new Map<string, Held>()
  readonly #ended = createDeferred<Error | undefined>()
  readonly #queues = new Map<string, Queue>()
  #number = 0
  #leaseThread: LeaseThread | undefined
  #closing: Promise<void> | undefined

  constructor(options: RedisStoreOptions) {
    const { client, subscriber, settings, clock, lease } = options
    const { bodyEncoding, visibilityTimeout, fanoutPatterns: patterns, fanoutPrefix, globalKeyprefix } = settings
    const keys = new Keys({ prefix: globalKeyprefix, separator: settings.sep, steps: settings.prioritySteps })
    const scripts = new Scripts(client, { flags: options.version >= 7 })
    const failed = (thrown: unknown): void => this.#end(toError(thrown))
    const prefix = `${globalKeyprefix}${fanoutPrefix.replace('{db}', String(options.database))}`
    this.#options = options
    this.lease = lease
    this.#client = client
    this.#keys = keys
    this.#scripts = scripts
    this.#watcher = new Watcher({ client, subscriber, scripts, keys, clock, worker: this.worker, failed })
    this.#topology = new RedisTopology(client, keys)
    this.#fanout = new Fanout({ subscriber, prefix, patterns, ring: () => this.#watcher.ring() })
    this.#publisher = new Publisher({ client, scripts, keys, fanout: this.#fanout, queues: this.#queues, bodyEncoding })
    this.#restorer = new Restorer({ scripts, keys, topology: this.#topology, visibilityTimeout })
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
    const broadcast = this.#fanout.take(queues, limit)
    if (broadcast.length >= limit) return broadcast
    const keys = this.#keys
    const lists = [
      ...queues.map(queue => ({ key: keys.lost(queue), step: 0, queue, begun: 1 })),
      ...keys.steps.flatMap(step => queues.map(queue => ({ key: keys.list(queue, step), step, queue, begun: 0 })))
    ]
    const wanted = limit - broadcast.length
    const args = lists.flatMap(({ step, queue, begun }) => [step, queue, tailOf(queue), begun])
    const first = this.#number
    this.#number += wanted
    const answer = await this.#scripts.run(TAKE, {
      keys: [...this.#holding, ...lists.map(({ key }) => key)],
      args: [wanted, this.lease, this.worker, first, ...args]
    })
    const taken = this.#toTaken(answer as readonly string[])
    if (taken.length < wanted) this.#watcher.watch(queues.flatMap(queue => this.#keys.allLists(queue)))
    return broadcast.length === 0 ? taken : [...broadcast, ...taken]
  }

  listen(_queues: readonly string[], ring: () => void): Listener {
    return this.#watcher.listen(ring)
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const calls = batch.map(settlement => this.#toCall(settlement))
    const args = calls.flatMap(call => (Array.isArray(call) ? call : []))
    const answers =
      args.length === 0
        ? []
        : ((await this.#scripts.run(SETTLE, {
            keys: [...this.#holding, this.#keys.delayedIndex, this.#keys.mover],
            args: [this.lease, ...args]
          })) as readonly number[])
    let place = 0
    return calls.map((call, index) => {
      if (!Array.isArray(call)) return call as SettleOutcome
      const settlement = batch[index]
      if (settlement !== undefined && settlement.kind !== 'start') this.#held.delete(settlement.id)
      return answers[place++] === 1 ? 'done' : 'lost'
    })
  }

  async renew(ids: readonly string[]): Promise<readonly string[]> {
    const fields = ids.filter(id => !this.#fanout.holds(id))
    if (fields.length === 0) return []
    const { unackedIndex, startedIndex } = this.#keys
    const lost = await this.#scripts.run(RENEW, { keys: [unackedIndex, startedIndex], args: [this.lease, ...fields] })
    for (const id of lost as readonly string[]) this.#held.delete(id)
    return lost as readonly string[]
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

  get #holding(): readonly string[] {
    const { unacked, unackedIndex, started, startedIndex } = this.#keys
    return [unacked, unackedIndex, started, startedIndex]
  }

  #toTaken(answer: readonly string[]): readonly TakenMessage[] {
    const taken: TakenMessage[] = []
    for (let at = 0; at < answer.length; at += 3) {
      const [field = '', text = '', begun] = answer.slice(at, at + 3)
      const known = readField(field)
      if (known === undefined) continue
      this.#held.set(field, { text, queue: known.queue, step: known.step })
      const message = decodeEnvelope(text)
      const marks = begun === '1' ? { started: true, redelivered: true } : {}
      taken.push({ ...message, ...marks, queue: known.queue, id: field })
    }
    return taken
  }

  /** An outcome where nothing needs asking. */
  #toCall(settlement: StoreSettlement): readonly (string | number)[] | SettleOutcome {
    const { id, kind } = settlement
    if (this.#fanout.holds(id)) return this.#settleBroadcast(settlement)
    const held = this.#held.get(id)
    if (held === undefined) return 'lost'
    if (kind === 'start') return [kind, id, 0]
    if (kind === 'restore') {
      const text = settlement.redelivered ? markRedelivered(held.text) : held.text
      return [kind, id, 4, this.#keys.list(held.queue, held.step), text, this.#keys.lost(held.queue), held.text]
    }
    const puts: (string | number)[] = []
    for (const stored of settlement.put ?? []) {
      const text = this.#publisher.toText(stored)
      if (typeof text !== 'string') return text
      const exchange = fanoutExchange(stored.queue)
      // Told before the ack: a broadcast cannot be taken back, but an ack may be refused.
      if (exchange === undefined) puts.push(...this.#publisher.toPut({ stored, text }, false))
      else this.#background(this.#publisher.pushPlain([{ stored, text }]))
    }
    return [kind, id, puts.length, ...puts]
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
    await this.#leaseThread?.stop()
    const { subscriber } = this.#options
    try {
      if (this.#client.status === 'ready') await this.#leave()
    } catch {
      // The server is gone; leases give back what is left.
    } finally {
      this.#client.disconnect()
      subscriber.disconnect()
      this.#ended.resolve(undefined)
    }
  }

  async #leave(): Promise<void> {
    await this.#watcher.leave()
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
