export type ExchangeType = 'direct' | 'topic' | 'fanout' | 'headers'

/** An AMQP exchange. (kombu.Exchange) */
export interface Exchange {
  readonly name: string
  /** Default direct. */
  readonly type?: ExchangeType
  /** Default true. */
  readonly durable?: boolean
  /** Default false. */
  readonly autoDelete?: boolean
  readonly arguments?: Readonly<Record<string, unknown>>
}

/** An AMQP queue. (kombu.Queue) */
export interface Queue {
  readonly name: string
  readonly durable?: boolean
  readonly autoDelete?: boolean
  readonly exclusive?: boolean
  /** `x-…` arguments: `x-max-priority`, `x-message-ttl`, `x-expires` … */
  readonly arguments?: Readonly<Record<string, unknown>>
}

export interface Binding {
  readonly exchange: string
  readonly queue: string
  /** Default ''. */
  readonly routingKey?: string
  readonly arguments?: Readonly<Record<string, unknown>>
}

export interface Topology {
  readonly exchanges?: readonly Exchange[]
  readonly queues?: readonly Queue[]
  readonly bindings?: readonly Binding[]
}
