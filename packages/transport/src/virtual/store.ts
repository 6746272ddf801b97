import type { Message } from '@umbel/protocol'
import type { QueueStat } from '../contract.js'
import type { Binding, Exchange, ExchangeType, Queue } from '../topology.js'

/**
 * A store that is not a broker, as the virtual channel needs it: queues of messages, leases on what was
 * taken, and a bell. Exchange types, credit and tags are the channel's business, not the store's.
 */
export interface VirtualStore {
  /** Resolves when the store has ended, with the reason if it was not `close()`. */
  readonly closed: Promise<Error | undefined>
  /** How long what was taken stays ours without `renew`, seconds; undefined: as long as we live. */
  readonly lease: number | undefined

  declareExchanges(exchanges: readonly Exchange[]): Promise<void>
  declareQueues(queues: readonly Queue[]): Promise<void>
  bind(bindings: readonly Binding[]): Promise<void>
  /**
   * undefined: never declared. May be answered from a cache that other processes' declarations refresh. A store with a
   * broadcast of its own (Redis) answers one binding to a name that its `put` understands.
   */
  lookup(exchange: string): Promise<ExchangeRoutes | undefined>

  /**
   * All in one step. Putting an id again, still there or already taken, does nothing; a store that keeps no ids (Redis
   * lists) puts a `repeated` one with the mark `redelivered`.
   */
  put(batch: readonly StoredMessage[], options?: PutOptions): Promise<readonly (Error | undefined)[]>
  /**
   * Takes up to `limit` ready messages over all queues, the first named queue first, and leases them to us, in one step;
   * empty when there are none.
   */
  take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]>
  /** Rings, soon and at least once, after something became ready in one of the queues, by whomever, delays and ended leases included. May ring for nothing. `idle`: it does not keep the process alive. */
  listen(queues: readonly string[], ring: () => void, idle?: boolean): Listener
  /** Each item is one atomic step; answers what became of it. */
  settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]>
  /** Extends our leases; answers the ids that are no longer ours. */
  renew(ids: readonly string[]): Promise<readonly string[]>
  /** Puts back what others' ended leases held, oldest first; answers how many. */
  restoreExpired(): Promise<number>

  stat(queues: readonly string[]): Promise<readonly QueueStat[]>
  purge(queue: string): Promise<number>
  drop(queue: string): Promise<void>
  /** Ends it at once: nobody answers. Missing where nothing can be half open. */
  destroy?(): void
  close(): Promise<void>
}

export interface PutOptions {
  /** The caller's own SQL transaction. */
  readonly within?: unknown
}

export interface ExchangeRoutes {
  readonly type: ExchangeType
  readonly bindings: readonly Binding[]
}

export interface StoredMessage {
  /** Unique; kombu's delivery_tag. What was taken may have another, by which it is settled and renewed. */
  readonly id: string
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly message: Message
  /** Milliseconds since the epoch. */
  readonly notBefore?: number
  /** It may have been here before: unless it is known to be here now, it is stored with the mark `redelivered`. */
  readonly repeated?: boolean
}

/**
 * Its `id` names this taking in `settle` and `renew`, and is unique among what is taken: a store that must tell apart
 * copies, or envelopes whose tag cannot be read, makes one of its own.
 */
export interface TakenMessage extends StoredMessage {
  readonly redelivered: boolean
  /** It was settled as `start` by a holder that is gone. */
  readonly started?: boolean
  /** Why the envelope could not be read; `message.body` then holds its raw bytes. */
  readonly problem?: string
}

export type StoreSettlement =
  /** Remove it, then put what follows from it: a follow-up may have the id that has just become free. */
  | { readonly id: string; readonly kind: 'forget'; readonly put?: readonly StoredMessage[] }
  /** Back to the front of its queue. `redelivered: false` leaves its mark as it was. */
  | { readonly id: string; readonly kind: 'restore'; readonly redelivered: boolean }
  /** Stays ours, and bears the mark `started` from now on. */
  | { readonly id: string; readonly kind: 'start' }

/** 'lost': it was not ours any more, nothing was done. */
export type SettleOutcome = 'done' | 'lost' | Error

export interface Listener {
  close(): void
}
