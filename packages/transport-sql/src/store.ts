import { createDeferred, type Clock, failpoint, toError } from '@umbel/runtime'
import type { SqlDatabase, SqlSession } from '@umbel/sql'
import { GuardedDatabase, toConnectionError } from './guarded-database.js'
import {
  type Binding,
  ConnectionError,
  type Exchange,
  PublishError,
  type Queue,
  type QueueStat
} from '@umbel/transport'
import type {
  ExchangeRoutes,
  Listener,
  PutOptions,
  SettleOutcome,
  StoredMessage,
  StoreSettlement,
  TakenMessage,
  VirtualStore
} from '@umbel/transport/virtual'
import { Alarm } from './alarm.js'
import { Consumer } from './consumer.js'
import { type Envelope, fromRow, toEnvelope } from './envelope.js'
import type { LeaseThread } from './lease-keeper.js'
import { claim, deleteWaiting, insertMessages, mayTake, nextDue, ripen, statQueue } from './messages.js'
import { settleAll } from './settlements.js'
import { bindQueues, declareExchanges, declareQueues, dropQueue, lookup } from './topology.js'

export interface SqlStoreOptions {
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
  readonly name: string
  /** Renews the lease of a consumer from another thread. */
  readonly leaseThread?: (consumer: number) => LeaseThread
}

const LONGEST_INTERVAL = 2 ** 31 - 1

/** One connection's view of the tables: what it has taken is leased to it. */
export class SqlStore implements VirtualStore {
  readonly lease: number
  readonly #database: GuardedDatabase
  readonly #options: SqlStoreOptions
  readonly #consumer: Consumer
  readonly #alarm: Alarm
  readonly #listeners = new Map<Listener, () => void>()
  readonly #ended = createDeferred<Error | undefined>()
  readonly #pending = new Set<Promise<void>>()
  #leaseThread: LeaseThread | undefined
  /** As an open socket would keep the process of a consumer alive. */
  #keepAlive: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  /** The database is the store's from then on. */
  constructor(opened: SqlDatabase, options: SqlStoreOptions) {
    const database = new GuardedDatabase(opened)
    this.#database = database
    this.#options = options
    this.lease = options.lease
    this.#consumer = new Consumer({ database, ...options })
    this.#alarm = new Alarm(options.clock, () => this.#background(this.#upkeep()))
    void database.closed.then(reason => this.#end(reason))
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  declareExchanges(exchanges: readonly Exchange[]): Promise<void> {
    return declareExchanges(this.#database, exchanges)
  }

  declareQueues(queues: readonly Queue[]): Promise<void> {
    return declareQueues(this.#database, queues, () => this.#register())
  }

  bind(bindings: readonly Binding[]): Promise<void> {
    return bindQueues(this.#database, bindings)
  }

  lookup(exchange: string): Promise<ExchangeRoutes | undefined> {
    return lookup(this.#database, exchange)
  }

  async put(batch: readonly StoredMessage[], options: PutOptions = {}): Promise<readonly (Error | undefined)[]> {
    if (options.within !== undefined)
      throw new PublishError('publishing within your own transaction is not built yet for SQL transports')
    const envelopes = batch.map(toEnvelope)
    const writable = envelopes.filter(isEnvelope)
    if (writable.length > 0) {
      await this.#database.write(async session => {
        await insertMessages(session, writable, this.#options.clock.now())
        failpoint('before-commit')
      })
      failpoint('after-commit')
    }
    return envelopes.map(envelope => (isEnvelope(envelope) ? undefined : envelope))
  }

  async take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]> {
    const { clock } = this.#options
    const owner = await this.#register()
    const found = await this.#database.read(session => mayTake(session, queues, clock.now()))
    const taken = found ? await this.#database.write(session => this.#claim(session, owner, { queues, limit })) : []
    if (taken.length < limit) await this.#database.read(session => this.#setAlarm(session))
    return taken
  }

  listen(queues: readonly string[], ring: () => void): Listener {
    const bell = this.#database.onCommit(ring)
    const listener = { close: () => this.#unlisten(listener, bell) }
    this.#listeners.set(listener, ring)
    this.#keepAlive ??= setInterval(() => undefined, LONGEST_INTERVAL)
    this.#background(this.#consumer.addListener(listener, queues).then(() => this.#upkeep()))
    return listener
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const owner = this.#consumer.id
    if (owner === undefined) return batch.map(() => 'lost')
    return settleAll(this.#database, batch, { owner, now: () => this.#options.clock.now() })
  }

  async renew(ids: readonly string[]): Promise<readonly string[]> {
    return this.#database.write(async session => {
      await this.#consumer.renew(session)
      const held = await this.#consumer.held(session, ids)
      return ids.filter(id => !held.has(id))
    })
  }

  restoreExpired(): Promise<number> {
    return this.#consumer.restoreExpired()
  }

  async stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    await Promise.all(this.#pending)
    const now = this.#options.clock.now()
    return this.#database.read(async session => {
      const stats: QueueStat[] = []
      for (const queue of queues) stats.push(await statQueue(session, queue, now))
      return stats
    })
  }

  purge(queue: string): Promise<number> {
    return this.#database.write(session => deleteWaiting(session, queue))
  }

  drop(queue: string): Promise<void> {
    return this.#database.write(session => dropQueue(session, queue))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #register(): Promise<number> {
    const id = await this.#consumer.register()
    this.#leaseThread ??= this.#options.leaseThread?.(id)
    this.#alarm.set(this.#consumer.renewAt)
    return id
  }

  async #claim(
    session: SqlSession,
    owner: number,
    from: { readonly queues: readonly string[]; readonly limit: number }
  ): Promise<readonly TakenMessage[]> {
    const now = this.#options.clock.now()
    // Never take without a lease: if ours was given up, this brings it back.
    if (now >= (this.#consumer.renewAt ?? now)) await this.#consumer.renew(session)
    await ripen(session, now)
    const taken: TakenMessage[] = []
    for (const queue of from.queues) {
      if (taken.length >= from.limit) break
      const rows = await claim(session, owner, { queue, limit: from.limit - taken.length })
      for (const row of rows) taken.push(fromRow(row))
    }
    return taken
  }

  /** Wakes us when something comes due, a lease of others ends, or ours must be renewed. */
  async #setAlarm(session: SqlSession): Promise<void> {
    this.#alarm.set(await nextDue(session))
    this.#alarm.set(await this.#consumer.nextLeaseEnd(session))
    this.#alarm.set(this.#consumer.renewAt)
  }

  async #upkeep(): Promise<void> {
    if (this.#closing !== undefined) return
    const { clock } = this.#options
    if (clock.now() >= (this.#consumer.renewAt ?? Number.POSITIVE_INFINITY))
      await this.#database.write(session => this.#consumer.renew(session))
    await this.#consumer.restoreExpired()
    for (const ring of [...this.#listeners.values()]) ring()
    await this.#database.read(session => this.#setAlarm(session))
  }

  #unlisten(listener: Listener, bell: Listener): void {
    bell.close()
    if (!this.#listeners.delete(listener)) return
    if (this.#listeners.size === 0) this.#letGo()
    if (this.#closing === undefined) this.#background(this.#consumer.removeListener(listener))
  }

  /** Work that nobody waits for; when it fails the store ends, so that the owner opens a new one. */
  #background(work: Promise<void>): void {
    const run = work.catch((thrown: unknown) => this.#end(toError(thrown))).finally(() => this.#pending.delete(run))
    this.#pending.add(run)
  }

  #letGo(): void {
    clearInterval(this.#keepAlive)
    this.#keepAlive = undefined
  }

  async #close(): Promise<void> {
    this.#alarm.stop()
    this.#letGo()
    await this.#leaseThread?.stop()
    await Promise.all(this.#pending)
    try {
      await this.#consumer.leave()
    } finally {
      await this.#database.close()
      this.#ended.resolve(undefined)
    }
  }

  #end(reason: Error | undefined): void {
    if (this.#closing !== undefined) return
    this.#ended.resolve(toConnectionError(reason ?? new ConnectionError(`${this.#database.location} was closed`)))
    void this.close().catch(() => undefined)
  }
}

function isEnvelope(item: Envelope | Error): item is Envelope {
  return 'content' in item
}
