import type { Binding, Exchange, ExchangeType, Queue, Topology } from '@umbel/transport'
import type { BindingOptions, ExchangeOptions, QueueDefinition } from './options.js'

/** A queue, compiled: how messages reach it and what must be declared. */
export interface TaskQueue {
  readonly name: string
  readonly alias: string | undefined
  /** Where messages for it are sent. With several bindings: the first. */
  readonly exchange: Required<Pick<Exchange, 'name' | 'type'>>
  readonly routingKey: string
  /** 1 transient, 2 persistent; undefined: as the task or taskDefaultDeliveryMode says. */
  readonly deliveryMode: 1 | 2 | undefined
  /** Of messages that name none. */
  readonly priority: number | undefined
  readonly consumerArguments: Readonly<Record<string, unknown>> | undefined
  readonly noAck: boolean
  /** The queue, its exchanges and bindings; undefined where nothing is to be declared. */
  readonly topology: Topology | undefined
}

/** What a definition says nothing about. */
export interface QueueDefaults {
  readonly exchange: string
  readonly exchangeType: ExchangeType
  readonly routingKey: string
  readonly maxPriority: number | undefined
}

export function compileQueue(definition: QueueDefinition, defaults: QueueDefaults): TaskQueue {
  const [first, ...others] = bindingsOf(definition, defaults)
  return {
    name: definition.name,
    alias: definition.alias,
    exchange: { name: first.exchange.name, type: first.exchange.type ?? 'direct' },
    routingKey: first.routingKey,
    deliveryMode: first.exchange.deliveryMode,
    priority: definition.priority,
    consumerArguments: definition.consumerArguments,
    noAck: definition.noAck ?? false,
    topology: definition.noDeclare === true ? undefined : topologyOf(definition, defaults, [first, ...others])
  }
}

interface Way {
  readonly exchange: ExchangeOptions
  readonly routingKey: string
  readonly arguments: Readonly<Record<string, unknown>> | undefined
}

function bindingsOf(definition: QueueDefinition, defaults: QueueDefaults): readonly [Way, ...Way[]] {
  const [first, ...others] = definition.bindings ?? []
  if (first !== undefined) {
    const way = (binding: BindingOptions): Way => ({
      exchange: exchangeOf(binding.exchange, binding.exchangeType),
      routingKey: binding.routingKey ?? '',
      arguments: binding.arguments
    })
    return [way(first), ...others.map(way)]
  }
  const { exchange = defaults.exchange, exchangeType } = definition
  const type = exchangeType ?? (definition.exchange === undefined ? defaults.exchangeType : undefined)
  const routingKey = definition.routingKey ?? defaults.routingKey
  return [{ exchange: exchangeOf(exchange, type), routingKey, arguments: definition.bindingArguments }]
}

function exchangeOf(exchange: string | ExchangeOptions, type: ExchangeType | undefined): ExchangeOptions {
  const options = typeof exchange === 'string' ? { name: exchange } : exchange
  return { ...options, type: options.type ?? type ?? 'direct' }
}

function topologyOf(definition: QueueDefinition, defaults: QueueDefaults, ways: readonly Way[]): Topology {
  const exchanges = new Map<string, Exchange>()
  for (const { exchange } of ways) if (exchange.name !== '') exchanges.set(exchange.name, declarationOf(exchange))
  const bindings = ways
    .filter(({ exchange }) => exchange.name !== '')
    .map(way =>
      defined<Binding>({
        exchange: way.exchange.name,
        queue: definition.name,
        routingKey: way.routingKey,
        arguments: way.arguments
      })
    )
  return { exchanges: [...exchanges.values()], queues: [queueOf(definition, defaults)], bindings }
}

function declarationOf({ name, type, durable, autoDelete, arguments: extra }: ExchangeOptions): Exchange {
  return defined<Exchange>({ name, type, durable, autoDelete, arguments: extra })
}

function queueOf(definition: QueueDefinition, defaults: QueueDefaults): Queue {
  const { name, durable, autoDelete, exclusive } = definition
  const extra = queueArguments(definition, defaults)
  return defined<Queue>({
    name,
    durable,
    autoDelete,
    exclusive,
    arguments: Object.keys(extra).length > 0 ? extra : undefined
  })
}

/** The broker counts in milliseconds. (kombu to_rabbitmq_queue_arguments) */
function queueArguments(definition: QueueDefinition, defaults: QueueDefaults): Readonly<Record<string, unknown>> {
  const { expires, messageTtl, maxLength, maxLengthBytes, maxPriority } = definition
  return defined<Record<string, unknown>>({
    'x-max-priority': defaults.maxPriority,
    'x-expires': expires === undefined ? undefined : Math.round(expires * 1000),
    'x-message-ttl': messageTtl === undefined ? undefined : Math.round(messageTtl * 1000),
    'x-max-length': maxLength,
    'x-max-length-bytes': maxLengthBytes,
    ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
    ...definition.arguments
  })
}

/** Without the keys whose value is undefined. */
function defined<Shape extends object>(object: { readonly [Key in keyof Shape]: Shape[Key] | undefined }): Shape {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Shape
}
