import type { ExchangeType } from '@umbel/transport'
import type { Mapping } from '../settings/kinds.js'

/** An exchange as users write it; snake_case keys are understood. (kombu.Exchange) */
export interface ExchangeOptions {
  readonly name: string
  readonly type?: ExchangeType | undefined
  readonly durable?: boolean | undefined
  readonly autoDelete?: boolean | undefined
  /** For messages sent through it. */
  readonly deliveryMode?: 1 | 2 | undefined
  readonly arguments?: Mapping | undefined
}

/** One more way into a queue. (kombu.binding) */
export interface BindingOptions {
  readonly exchange: string | ExchangeOptions
  readonly exchangeType?: ExchangeType | undefined
  readonly routingKey?: string | undefined
  readonly arguments?: Mapping | undefined
}

/** A queue as users write it in `taskQueues`; snake_case keys are understood. (kombu.Queue) */
export interface QueueOptions {
  /** A second name under which it is found. */
  readonly alias?: string | undefined
  /** @default taskDefaultExchange */
  readonly exchange?: string | ExchangeOptions | undefined
  /** @default taskDefaultExchangeType */
  readonly exchangeType?: ExchangeType | undefined
  /** @default the queue's name; taskDefaultRoutingKey for the default queue */
  readonly routingKey?: string | undefined
  /** Bindings instead of the one above; no `exchange` then. */
  readonly bindings?: readonly BindingOptions[] | undefined
  /** @default true */
  readonly durable?: boolean | undefined
  readonly autoDelete?: boolean | undefined
  readonly exclusive?: boolean | undefined
  /** `x-…` arguments. */
  readonly arguments?: Mapping | undefined
  readonly bindingArguments?: Mapping | undefined
  readonly consumerArguments?: Mapping | undefined
  /** Seconds without consumers after which the broker removes it. */
  readonly expires?: number | undefined
  /** Seconds after which the broker drops a message. */
  readonly messageTtl?: number | undefined
  readonly maxLength?: number | undefined
  readonly maxLengthBytes?: number | undefined
  readonly maxPriority?: number | undefined
  /** Of messages for it whose call, task and route name none; over `taskDefaultPriority`. */
  readonly priority?: number | undefined
  readonly noAck?: boolean | undefined
  /** It exists already: use it, declare nothing. */
  readonly noDeclare?: boolean | undefined
}

export interface QueueDefinition extends QueueOptions {
  readonly name: string
}

/** `taskQueues`: a list of names or definitions, or definitions by name. */
export type QueueDefinitions = readonly (string | QueueDefinition)[] | Readonly<Record<string, QueueOptions>>

/** Where a task goes: a queue's name, or options as in `applyAsync`. */
export type RouteAnswer = string | Mapping

/** The contract of Celery's router functions; `undefined` or `null`: ask the next one. */
export type RouterFunction = (...question: RouteQuestion) => RouteAnswer | null | undefined

export type RouteQuestion = [name: string, args: readonly unknown[], kwargs: Mapping, options: Mapping, task: unknown]

/** Routers of Celery 3 and classes. */
export interface RouterObject {
  routeForTask(name: string, args: readonly unknown[], kwargs: Mapping): RouteAnswer | null | undefined
}

type RouterClass = new () => RouterObject
export type RoutePair = readonly [pattern: string | RegExp, route: RouteAnswer]
export type RouteMapping = Readonly<Record<string, RouteAnswer>> | ReadonlyMap<string | RegExp, RouteAnswer>
export type RouterLike = string | RouteMapping | readonly RoutePair[] | RouterFunction | RouterObject | RouterClass

/**
 * `taskRoutes`: one router, or several that are asked in order. A router is a mapping of task names and glob patterns
 * to routes, a list of pairs (which also takes regular expressions), a function, an object or class with
 * `routeForTask`, the import path of one (`module:attribute`), or a queue's name for every task.
 */
export type TaskRoutes = RouterLike | readonly RouterLike[]
