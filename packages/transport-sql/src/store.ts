import { type Clock, createDeferred, failpoint, toError } from '@umbel/runtime'
import type { SqlDatabase, SqlSession } from '@umbel/sql'
import { GuardedDatabase, toConnectionError } from './guarded-database.js'
import { type Binding, ConnectionError, type Exchange, type Queue, type QueueStat } from '@umbel/transport'
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
import { claim, deleteWaiting, insertMessages, lookOut, nextTimes, type Outlook, ripen, statQueue } from './messages.js'
import { settleAll } from './settlements.js'
import { topicOf } from './topics.js'
import { bindQueues, declareExchanges, declareQueues, dropQueue, lookup } from './topology.js'

export interface SqlStoreOptions {
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
  readonly name: string
  /** As `ConnectOptions.holder`. */
  readonly holder?: string | undefined
  /** Renews the lease of a consumer from another thread. */
  readonly leaseThread?: (consumer: number) => LeaseThread
}

interface Wanted {
  readonly queues: readonly string[]
  readonly limit: number
  readonly outlook: Outlook
}

const LONGEST_INTERVAL = 2 ** 31 - 1

/** One connection's view of the tables: what it has taken is leased to it. */
export class SqlStore implements VirtualStore {
  readonly lease: number
  readonly #database: GuardedDatabase
  readonly #options: SqlStoreOptions
  readonly #clock: Clock
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
    const clock = opened.clockFrom(options.clock)
    this.#database = database
    this.#options = options
    this.#clock = clock
    this.lease = options.lease
    this.#consumer = new Consumer({ database, ...options, clock, remote: opened.dialect.name === 'postgres' })
    this.#alarm = new Alarm(clock, () => this.#background(this.#upkeep()))
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

  async put(batch: readonly StoredMessage[], { within }: PutOptions = {}): Promise<readonly (Error | undefined)[]> {
    const envelopes = batch.map(toEnvelope)
    const writable = envelopes.filter(isEnvelope)
    const insert = (session: SqlSession): Promise<void> => insertMessages(session, writable, this.#clock.now())
    if (within !== undefined) await this.#database.within(within, insert)
    else if (writable.length > 0) await this.#commit(insert)
    return envelopes.map(envelope => (isEnvelope(envelope) ? undefined : envelope))
  }

  async take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]> {
    const owner = await this.#register()
    const inherited = this.#consumer.inherit(queues, limit)
    if (inherited.length > 0) return inherited
    const outlook = await this.#database.read(async session => {
      // Asked for at once: on a server it is one round trip.
      const [found] = await Promise.all([lookOut(session, queues, this.#clock.now()), this.#setAlarm(session)])
      return found
    })
    if (outlook.queues.length === 0 && !outlook.ripe) return []
    return this.#claim(owner, { queues, limit, outlook })
  }

  listen(queues: readonly string[], ring: () => void, idle = false): Listener {
    const bell = this.#database.onCommit(ring, new Set(queues.map(topicOf)))
    const listener = { close: () => this.#unlisten(listener, bell) }
    this.#listeners.set(listener, ring)
    if (!idle) this.#keepAlive ??= setInterval(() => undefined, LONGEST_INTERVAL)
    this.#background(this.#consumer.addListener(listener, queues).then(() => this.#upkeep()))
    return listener
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const owner = this.#consumer.id
    if (owner === undefined) return batch.map(() => 'lost')
    return settleAll(this.#database, batch, { owner, now: () => this.#clock.now() })
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
    const now = this.#clock.now()
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

  destroy(): void {
    this.#database.fail(new ConnectionError(`${this.#database.location} does not answer`, { recoverable: true }))
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

  async #commit(insert: (session: SqlSession) => Promise<void>): Promise<void> {
    await this.#database.write(
      async session => {
        await insert(session)
        failpoint('before-commit')
      },
      { loose: true }
    )
    failpoint('after-commit')
  }

  #claim(owner: number, { queues, limit, outlook }: Wanted): Promise<readonly TakenMessage[]> {
    const mustRenew = this.#clock.now() >= (this.#consumer.renewAt ?? 0)
    const from = outlook.ripe ? queues : outlook.queues
    return this.#database.write(
      async session => {
        // Never take without a lease: if ours was given up, this brings it back.
        if (mustRenew) await this.#consumer.renew(session)
        if (outlook.ripe) await ripen(session, this.#clock.now())
        const taken: TakenMessage[] = []
        for (const queue of from) {
          if (taken.length >= limit) break
          const rows = await claim(session, owner, { queue, limit: limit - taken.length })
          for (const row of rows) taken.push(fromRow(row))
        }
        return taken
      },
      { loose: from.length === 1 && !outlook.ripe && !mustRenew }
    )
  }

  /** Wakes us when something comes due, a lease of others ends, or ours must be renewed. */
  async #setAlarm(session: SqlSession): Promise<void> {
    const { due, leaseEnd } = await nextTimes(session, this.#consumer.id ?? 0, this.#clock.now())
    this.#alarm.set(due)
    if (leaseEnd !== undefined) this.#alarm.set(this.#consumer.lookAt(leaseEnd))
    this.#alarm.set(this.#consumer.renewAt)
  }

  async #upkeep(): Promise<void> {
    if (this.#closing !== undefined) return
    if (this.#clock.now() >= (this.#consumer.renewAt ?? Number.POSITIVE_INFINITY))
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
