import type { Message } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Topology } from './topology.js'

/** A kind of broker: made by a driver package, knows how to connect to a URL of one of its schemes. */
export interface Transport {
  /** 'redis' */
  readonly name: string
  /** ['redis', 'rediss', 'sentinel', 'redis+socket'] */
  readonly schemes: readonly string[]
  readonly capabilities: TransportCapabilities
  /**
   * The URL is a string: lists and odd passwords break `URL`; BrokerUrl parses it.
   * @throws ConnectionError when the broker cannot be reached or refuses
   */
  connect(url: string, options?: ConnectOptions): Promise<Connection>
}

/** What a broker can do, as data: never ask for a driver's name. */
export interface TransportCapabilities {
  /** `publish` answers only when the broker has taken responsibility. */
  readonly confirms: boolean
  /** Queues of one's own hear what is sent to all: broadcast tasks, events of monitors, remote control. */
  readonly fanout: boolean
  /** Exchanges are the server's, shared with its other clients. Default false: emulated, by the rules of AMQP. */
  readonly native?: boolean
  /** The broker drops what is older than its `expiration`. Default false: whoever takes it looks. */
  readonly ttl?: boolean
  readonly priorities: boolean
  /** Which priority number is served first. Default higher-first, as AMQP has it; Redis is lower-first. */
  readonly priorityOrder?: 'higher-first' | 'lower-first'
  /** `Outgoing.notBefore` is kept by the broker. */
  readonly delays: boolean
  /** `settle` with `publish` is one step. */
  readonly atomic: boolean
  /** What the prefetch limit counts: all queues of a consumer, or each. */
  readonly prefetch: 'consumer' | 'queue'
  /** A message rejected as `unspent` comes back unmarked. Default true; RabbitMQ marks all that it handed over. */
  readonly unspent?: boolean
  /** A queue is there once it is addressed. Default true; on RabbitMQ it must be declared. */
  readonly implicitQueues?: boolean
  /** `settle` keeps what was started until it is acked. Default false: there `start` is refused, ack instead. */
  readonly starts?: boolean
  /** `PublishOptions.within`: messages can be part of a transaction of the caller's. Default false. */
  readonly transactions?: boolean
  /** When what a dead consumer held comes back. */
  readonly redelivers: 'on-disconnect' | 'on-lease-end'
}

export interface ConnectOptions {
  /** Names this client in the broker's lists. */
  readonly name?: string
  readonly clock?: Clock
  /** How long connecting may take, seconds. Default: the driver's. (broker_connection_timeout) */
  readonly timeout?: number
  /**
   * How long a consumer may be silent before its messages go to another, seconds. Default 6 (`DEFAULT_LEASE`). Leased
   * stores only. It is renewed every third of it, and consumers look for ended ones at least every 0.375 of it, so what
   * a killed process held comes back within 1.375 leases: 8.25 s.
   */
  readonly lease?: number
  /**
   * Names who takes: a connection of the same holder takes over, still leased, what an earlier one held whose end the broker
   * was not told (it was cut). Unique in the fleet; one connection at a time. Default: nobody takes over. Where messages are
   * leased (Redis, SQL); others ignore it.
   */
  readonly holder?: string
  /** Renew leases outside this thread, because user code may block it. Default false. */
  readonly leaseThread?: boolean
  /**
   * Speak TLS, also where the URL's scheme does not say so; an object as `readTlsOptions` of @umbel/runtime takes it.
   * Default: as the URL says. Drivers that open no socket ignore it. (broker_use_ssl)
   */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  /** Seconds of silence after which a peer is dead, where the protocol has heartbeats; 0: none. Default: the driver's. (broker_heartbeat) */
  readonly heartbeat?: number
  /** How to authenticate, where the protocol lets one choose: PLAIN, EXTERNAL. (broker_login_method) */
  readonly loginMethod?: string
  /** Celery's broker_transport_options, for the driver to validate. */
  readonly transportOptions?: Readonly<Record<string, unknown>>
}

/**
 * A connection and all that hangs on it is one disposable object: a fault ends it, and the owner opens
 * a new one. Nothing is repaired in place.
 */
export interface Connection {
  /** The URL without its password, for banners and errors. */
  readonly url: string
  /** Resolves when the connection has ended, with the reason if it was not `close()`; never rejects. */
  readonly closed: Promise<Error | undefined>
  /** Seconds after which the broker gives what is unsettled to another, though its consumer lives. Default: never. */
  readonly settleWithin?: number | undefined
  openChannel(): Promise<Channel>
  /** Gives back what is unsettled and ends every channel. Idempotent. */
  close(): Promise<void>
  /** Ends it at once, for whoever knows that nobody answers; missing where `close` does not wait for answers. */
  destroy?(): void
}

/**
 * Verbs take arrays; order in = order out. A batch verb answers one `Error | undefined` per item, so that a
 * bad item never fails its neighbours. Promises reject only with UmbelErrors, and no verb throws synchronously.
 */
export interface Channel {
  /** Idempotent. Exchanges, then queues, then bindings. */
  declare(topology: Topology): Promise<void>
  /**
   * Answers when the broker has taken responsibility for each message, or its deadline has passed.
   * A queue addressed through the anonymous exchange `''` need not be declared where `implicitQueues`, else it must be
   * (also a dead letter's): UnroutableError.
   */
  publish(batch: readonly Outgoing[], options?: PublishOptions): Promise<readonly (Error | undefined)[]>
  /**
   * A queue that is deleted under its consumer is served again once it is declared anew, or the connection ends.
   * @throws TopologyError for a queue that was never declared, unless `implicitQueues`; the channel lives on
   */
  consume(queues: readonly string[], sink: DeliverySink, options: ConsumeOptions): Promise<Subscription>
  /** Idempotent per tag: settling a tag again, or one that is lost, answers undefined and does nothing. */
  settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]>
  stat(queues: readonly string[]): Promise<readonly QueueStat[]>
  /** Removes what is ready and, where `stat` counts it, delayed, not what is unacked; answers how many. */
  purge(queue: string): Promise<number>
  delete(queue: string): Promise<void>
  close(): Promise<void>
}

export interface PublishOptions {
  /** Seconds. Default 10. */
  readonly deadline?: number
  readonly signal?: AbortSignal
  /**
   * The client of a transaction of the caller's own: its COMMIT publishes the batch, its ROLLBACK forgets it. Only where
   * `transactions`. An error may have failed the transaction: do not repeat.
   */
  readonly within?: unknown
}

export interface ConsumeOptions {
  /** Most unsettled deliveries at a time; 0 = no limit. */
  readonly prefetch: number
  /** Deliveries count as settled the moment they are handed over. Default false. */
  readonly noAck?: boolean
  /** It does not keep the process alive: whoever waits for what it brings does that. Default false. */
  readonly idle?: boolean
  /**
   * By queue, what the broker is told of its consumer: `x-priority`, and `exclusive` (nobody else may consume it). RabbitMQ
   * only, others ignore it. (kombu.Queue.consumer_arguments)
   */
  readonly consumerArguments?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Subscription {
  setPrefetch(count: number): void
  setQueues(queues: readonly string[]): Promise<void>
  pause(): void
  resume(): void
  /** After it resolved the sink is not called. What is unsettled stays the consumer's until settled or the channel closes. */
  cancel(): Promise<void>
}

export interface DeliverySink {
  /** Called with at least one delivery, synchronously, never re-entrantly; must not throw. */
  deliver(batch: readonly Delivery[]): void
  /** A lease ended: these messages are somebody else's now, settling them does nothing. */
  lost(tags: readonly number[]): void
}

export interface Delivery {
  /** Belongs to its channel and dies with it. */
  readonly tag: number
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  /** It was handed to a consumer before. */
  readonly redelivered: boolean
  /** A consumer that is gone had started it: it must not be run again, but somebody should be told. */
  readonly started?: boolean
  readonly message: Message
  /** Why the stored envelope could not be read; `message.body` then holds its raw bytes. */
  readonly problem?: string
}

export type Settlement =
  /** `publish`: what leaves in the same step (a retry, an ETA hand-over, a dead letter). */
  | { readonly tag: number; readonly kind: 'ack'; readonly publish?: readonly Outgoing[] }
  /** With `requeue` the message goes back to the front, marked redelivered unless `unspent` (it was never started). */
  | { readonly tag: number; readonly kind: 'reject'; readonly requeue: boolean; readonly unspent?: boolean }
  /** It begins, and must not begin twice: still ours to settle, but should it ever come back, it is marked `started`. */
  | { readonly tag: number; readonly kind: 'start' }

export interface Outgoing {
  /** '' is the anonymous exchange: the routing key names the queue. */
  readonly exchange: string
  readonly routingKey: string
  readonly message: Message
  /**
   * Names this sending, so that it can be repeated when its outcome is unknown: SQL keeps one message per id, RabbitMQ
   * and Redis lists cannot. Default: a fresh one.
   */
  readonly id?: string
  /**
   * This id may have been sent before: where the broker keeps no ids, or it is not there any more, it is delivered with
   * the mark of a redelivery (RabbitMQ: the header `redelivered: true`). Default false.
   */
  readonly repeated?: boolean
  /** Milliseconds since the epoch. Kept by the broker where `delays`, else ignored: the eta header then says it. */
  readonly notBefore?: number
}

export interface QueueStat {
  readonly queue: string
  readonly ready: number
  /** undefined where the broker does not say (RabbitMQ without its management interface). */
  readonly unacked: number | undefined
  readonly delayed: number | undefined
  /** undefined where the broker does not know. */
  readonly consumers: number | undefined
  /** Age of the oldest ready message, seconds; undefined where the broker does not know or none is ready. */
  readonly oldest: number | undefined
}
