import { defaultSerializers, type Message, type Serializers } from '@umbel/protocol'
import { type Clock, LamportClock, systemClock } from '@umbel/runtime'
import type { Binding, Exchange, Queue, Topology } from '@umbel/transport'
import type { Command } from './messages.js'

export interface MailboxOptions {
  /** In front of the exchanges' names. Default `celery`. (control_exchange) */
  readonly namespace?: string
  /** Seconds that a command or a reply waits in a queue. Default 300. (control_queue_ttl) */
  readonly queueTtl?: number
  /** Seconds after which a queue goes that nobody uses. Default 10. (control_queue_expires) */
  readonly queueExpires?: number
  /** Queues belong to one connection. Default true. (control_queue_exclusive) */
  readonly exclusive?: boolean
  /** Default false. (control_queue_durable) */
  readonly durable?: boolean
  /** Name of the serializer. Default json. (task_serializer) */
  readonly serializer?: string
  /** Default: json, yaml, msgpack … as protocol has them. */
  readonly serializers?: Serializers
  /** Content types that are read. Default: json's. (accept_content) */
  readonly accept?: ReadonlySet<string>
  readonly time?: Clock
}

/** The names and queues of remote control, and what its messages look like. (kombu.pidbox.Mailbox) */
export class Mailbox {
  readonly time: Clock
  readonly exchange: Exchange
  readonly replyExchange: Exchange
  /** Counts the messages of remote control, and nothing else. */
  readonly #clock = new LamportClock()
  readonly #options: MailboxOptions
  readonly #serializers: Serializers
  readonly #accept: ReadonlySet<string>

  constructor(options: MailboxOptions = {}) {
    const { namespace = 'celery', serializers = defaultSerializers, time = systemClock } = options
    this.#options = options
    this.#serializers = serializers
    this.#accept = options.accept ?? serializers.acceptSet(['json'])
    this.time = time
    this.exchange = { name: `${namespace}.pidbox`, type: 'fanout', durable: false }
    this.replyExchange = { name: `reply.${namespace}.pidbox`, type: 'direct', durable: false }
  }

  /** `<hostname>.celery.pidbox`, where a node reads its commands. */
  queueOf(hostname: string): string {
    return `${hostname}.${this.exchange.name}`
  }

  /** What a node needs to hear commands, and to answer. */
  nodeTopology(hostname: string): Topology {
    const queue = this.queueOf(hostname)
    return this.#topology(queue, { exchange: this.exchange.name, queue, routingKey: '' })
  }

  /** What one who asks needs to hear replies. `oid` names him. */
  replyTopology(oid: string): Topology & { readonly queues: readonly Queue[] } {
    const exchange = this.replyExchange.name
    const queue = `${oid}.${exchange}`
    return this.#topology(queue, { exchange, queue, routingKey: oid })
  }

  /** `expires`: seconds from now, 0: never. Nodes do not look at it; it is there for who watches. (trap 75) */
  writeCommand(command: Command, expires: number): Message {
    const { time } = this
    const headers = { clock: this.#clock.forward(), expires: expires > 0 ? time.now() / 1000 + expires : 0 }
    return this.#write(command, headers, 2)
  }

  writeReply(reply: Readonly<Record<string, unknown>>, ticket: string | undefined): Message {
    return this.#write(reply, { ticket: ticket ?? null, clock: this.#clock.forward() }, 1)
  }

  /** @throws ContentDisallowedError, DecodeError */
  read({ body, properties, headers }: Message): unknown {
    this.#clock.adjust(headers['clock'])
    return this.#serializers.decode(body, properties.contentType, properties.contentEncoding, this.#accept)
  }

  #write(value: unknown, headers: Message['headers'], deliveryMode: 1 | 2): Message {
    const serializer = this.#serializers.byName(this.#options.serializer ?? 'json')
    const { contentType, contentEncoding } = serializer
    return {
      headers,
      properties: { contentType, contentEncoding, deliveryMode, priority: 0 },
      body: serializer.encode(value)
    }
  }

  #topology(name: string, binding: Binding): Topology & { readonly queues: readonly Queue[] } {
    const { queueTtl = 300, queueExpires = 10, exclusive = true, durable = false } = this.#options
    const times = { 'x-expires': Math.trunc(queueExpires * 1000), 'x-message-ttl': Math.trunc(queueTtl * 1000) }
    return {
      exchanges: [this.exchange, this.replyExchange],
      queues: [{ name, durable, exclusive, autoDelete: !durable, arguments: times }],
      bindings: [binding]
    }
  }
}
