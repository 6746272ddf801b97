import { type Clock, systemClock, toError } from '@umbel/runtime'
import { type Binding, type Queue, type QueueStat, TopologyError } from '@umbel/transport'
import type { Listener, StoredMessage } from '@umbel/transport/virtual'
import { copyMessage } from './store-copy.js'
import { DueTimer } from './store-delays.js'
import { clampPriority, type Entry, type Lease, MemoryQueue } from './store-queue.js'
import { checkSame, MemoryExchanges } from './store-topology.js'

/** What all connections to one name share: exchanges, queues, and who listens. */
export class MemoryBroker {
  readonly exchanges = new MemoryExchanges()
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #entries = new Map<string, Entry>()
  readonly #leased = new Set<Entry>()
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #delays = new DueTimer(systemClock, () => this.#ripen())
  readonly #sessions = new Set<object>()

  /** Milliseconds since the epoch, by the clock of the connection that was there first. */
  now(): number {
    return this.#delays.clock.now()
  }

  open(session: object, clock: Clock): void {
    if (this.#sessions.size === 0) this.#delays.clock = clock
    this.#sessions.add(session)
    this.#ripen()
  }

  /** Timers end with the last connection; what is stored stays. */
  close(session: object): void {
    this.#sessions.delete(session)
    for (const [name, queue] of this.#queues) if (queue.owner === session) this.drop(name)
    if (this.#sessions.size === 0) this.#delays.cancel()
  }

  /** @throws TopologyError when it exists and differs, or belongs to another connection */
  declareQueue(definition: Queue, session: object): void {
    const queue = this.#queue(definition.name)
    if (queue.owner !== undefined && queue.owner !== session)
      throw new TopologyError(`queue "${definition.name}" is exclusive to another connection`)
    if (queue.definition !== undefined) checkSame('queue', queue.definition, definition)
    queue.definition = definition
    if (definition.exclusive === true) queue.owner = session
  }

  /** @throws TopologyError when the exchange or the queue was never declared */
  bind(binding: Binding): void {
    if (!this.#queues.has(binding.queue))
      throw new TopologyError(`queue "${binding.queue}" cannot be bound: it was never declared`)
    this.exchanges.bind(binding)
  }

  /** The entry that a message becomes, or why it cannot be carried. */
  prepare(stored: StoredMessage): Entry | Error {
    try {
      const { id, queue, exchange, routingKey } = stored
      const message = copyMessage(stored.message)
      const priority = clampPriority(message.properties.priority)
      const now = this.now()
      const readyAt = stored.notBefore !== undefined && stored.notBefore > now ? stored.notBefore : now
      const expiresAt = this.#expiry(stored, readyAt)
      const arrival = {
        readyAt,
        expiresAt,
        place: 0,
        redelivered: stored.repeated === true,
        started: false,
        lease: undefined
      }
      return { id, queue, exchange, routingKey, message, priority, ...arrival }
    } catch (thrown) {
      return toError(thrown)
    }
  }

  /** Those whose id is known are left out. */
  add(entries: readonly Entry[]): void {
    const now = this.now()
    const ready = new Set<string>()
    for (const entry of entries) {
      if (this.#entries.has(entry.id)) continue
      this.#entries.set(entry.id, entry)
      const queue = this.#queue(entry.queue)
      if (entry.readyAt > now) {
        queue.delay(entry)
        this.#delays.arm(entry.readyAt)
      } else {
        queue.append(entry)
        ready.add(entry.queue)
      }
    }
    this.ring(ready)
  }

  /** Leases the next ready ones of a queue. */
  take(name: string, limit: number, lease: Lease): readonly Entry[] {
    const queue = this.#queues.get(name)
    if (queue === undefined) return []
    this.#expire(queue)
    const entries: Entry[] = []
    while (entries.length < limit) {
      const entry = queue.shift()
      if (entry === undefined) break
      entry.lease = { ...lease }
      this.#leased.add(entry)
      entries.push(entry)
    }
    return entries
  }

  /** The entry, if this owner holds it. */
  held(id: string, owner: object): Entry | undefined {
    const entry = this.#entries.get(id)
    return entry?.lease?.owner === owner ? entry : undefined
  }

  heldBy(owner: object): readonly Entry[] {
    return [...this.#leased].filter(entry => entry.lease?.owner === owner)
  }

  /** Whose lease has ended by then, milliseconds since the epoch. */
  lapsed(now = this.now()): readonly Entry[] {
    return [...this.#leased].filter(entry => entry.lease !== undefined && entry.lease.until <= now)
  }

  forget(entry: Entry): void {
    this.#entries.delete(entry.id)
    this.#leased.delete(entry)
  }

  /** Back to the front of their queues, oldest first; those of a deleted queue vanish. */
  restore(entries: readonly Entry[]): void {
    for (const entry of [...entries].sort((a, b) => b.place - a.place)) {
      entry.lease = undefined
      this.#leased.delete(entry)
      const queue = this.#queues.get(entry.queue)
      if (queue === undefined) this.forget(entry)
      else queue.restore(entry)
    }
    this.ring(new Set(entries.map(entry => entry.queue)))
  }

  listen(queues: readonly string[], ring: () => void): Listener {
    for (const name of queues) {
      const rings = this.#listeners.get(name)
      if (rings === undefined) this.#listeners.set(name, new Set([ring]))
      else rings.add(ring)
    }
    return { close: () => this.#unlisten(queues, ring) }
  }

  ring(queues: Iterable<string>): void {
    for (const name of queues) for (const ring of this.#listeners.get(name) ?? []) ring()
  }

  stat(name: string): QueueStat {
    const queue = this.#queues.get(name)
    if (queue !== undefined) this.#expire(queue)
    const oldest = queue?.oldest
    return {
      queue: name,
      ready: queue?.ready ?? 0,
      unacked: this.#countUnacked(name),
      delayed: queue?.delayed ?? 0,
      consumers: this.#listeners.get(name)?.size ?? 0,
      oldest: oldest === undefined ? undefined : Math.max(0, this.now() - oldest) / 1000
    }
  }

  purge(name: string): number {
    const entries = this.#queues.get(name)?.clear() ?? []
    for (const entry of entries) this.forget(entry)
    return entries.length
  }

  drop(name: string): void {
    this.purge(name)
    this.#queues.delete(name)
    this.exchanges.unbind(name)
  }

  #queue(name: string): MemoryQueue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const queue = new MemoryQueue()
    this.#queues.set(name, queue)
    return queue
  }

  /**
   * The shorter of the message's `expiration` and the queue's `x-message-ttl`, both milliseconds. A task that says when
   * it expires is kept: a worker must find it, to say that it was revoked.
   */
  #expiry({ queue, message }: StoredMessage, readyAt: number): number | undefined {
    const own = typeof message.headers['expires'] === 'string' ? undefined : message.properties.expiration
    const common = this.#queues.get(queue)?.definition?.arguments?.['x-message-ttl']
    const ttl = Math.min(
      own === undefined ? Number.POSITIVE_INFINITY : Number(own),
      typeof common === 'number' ? common : Number.POSITIVE_INFINITY
    )
    return Number.isFinite(ttl) ? readyAt + ttl : undefined
  }

  #expire(queue: MemoryQueue): void {
    for (const entry of queue.expire(this.now())) this.forget(entry)
  }

  #ripen(): void {
    const now = this.now()
    const ready: string[] = []
    for (const [name, queue] of this.#queues) {
      if (queue.ripen(now) > 0) ready.push(name)
      if (queue.nextDue !== undefined) this.#delays.arm(queue.nextDue)
    }
    this.ring(ready)
  }

  #unlisten(queues: readonly string[], ring: () => void): void {
    for (const name of queues) {
      const rings = this.#listeners.get(name)
      if (rings?.delete(ring) !== true || rings.size > 0) continue
      this.#listeners.delete(name)
      if (this.#queues.get(name)?.definition?.autoDelete === true) this.drop(name)
    }
  }

  #countUnacked(name: string): number {
    let count = 0
    for (const entry of this.#leased) if (entry.queue === name) count++
    return count
  }
}
