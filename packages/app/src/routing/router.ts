import type { Topology } from '@umbel/transport'
import { toCamel } from '../settings/names.js'
import type { QueueDefinition, RouteAnswer, RouterFunction, TaskRoutes } from './options.js'
import { prepareRouters } from './prepare.js'
import type { TaskQueue } from './queue.js'
import { type QueueSettings, Queues } from './queues.js'

export interface RoutingSettings extends QueueSettings {
  readonly taskRoutes: TaskRoutes | undefined
}

/** A task to be routed. */
export interface RouteRequest {
  readonly name: string
  readonly args?: readonly unknown[] | undefined
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
  /** Of the call. `null` clears what the task says. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** Of the task's definition. */
  readonly taskOptions?: Readonly<Record<string, unknown>> | undefined
  /** Handed to router functions. */
  readonly task?: unknown
}

/** Where a message goes. */
export interface Route {
  /** '' is the anonymous exchange: the routing key names the queue. */
  readonly exchange: string
  readonly routingKey: string
  /** The queue that was chosen; with a foreign exchange, the one the route stands for. */
  readonly queue: string
  /** What must exist before publishing; undefined: nothing. */
  readonly topology: Topology | undefined
  /** Of the call, then the task, then the route, then the queue: priority, serializer, deliveryMode …, without the destination. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Decides where tasks go. (celery.app.routes.Router) */
export class Router {
  readonly queues: Queues
  readonly #settings: RoutingSettings
  readonly #routers: readonly RouterFunction[]

  constructor(settings: RoutingSettings, queues: Queues = new Queues(settings)) {
    this.queues = queues
    this.#settings = settings
    this.#routers = prepareRouters(settings.taskRoutes)
  }

  /**
   * Call options count before the task's, those before the route's; what is open then comes from the queue.
   * @throws QueueNotFound when a queue is unknown and `taskCreateMissingQueues` is off
   */
  route(request: RouteRequest): Route {
    const options = this.#optionsOf(request)
    const queue = this.#queueOf(options['queue'] ?? this.#settings.taskDefaultQueue)
    return { queue: queue.name, options: rest(options, queue), ...this.#destination(options, queue) }
  }

  /** Nothing is merged for the usual call, of which neither options nor routes say anything. */
  #optionsOf(request: RouteRequest): Options {
    const { options = NONE, taskOptions = NONE } = request
    if (this.#routers.length === 0 && isEmpty(options) && isEmpty(taskOptions)) return NONE
    const own = mergeOptions(options, taskOptions)
    return fillGaps(own, this.#ask(request, own))
  }

  #ask(request: RouteRequest, options: Options): Options {
    for (const router of this.#routers) {
      const answer = router(request.name, request.args ?? [], request.kwargs ?? {}, options, request.task)
      if (answer !== undefined && answer !== null) return readAnswer(answer)
    }
    return {}
  }

  #queueOf(queue: unknown): TaskQueue {
    if (typeof queue === 'string') return this.queues.get(queue)
    const definition = queue as QueueDefinition
    return this.queues.has(definition.name) ? this.queues.get(definition.name) : this.queues.add(definition)
  }

  /** A direct exchange needs no detour: the anonymous one leads straight to the queue. (AMQP._create_task_sender) */
  #destination(options: Options, queue: TaskQueue): Pick<Route, 'exchange' | 'routingKey' | 'topology'> {
    const exchange = textOf(options['exchange'])
    const routingKey = textOf(options['routingKey'])
    const type = textOf(options['exchangeType']) ?? queue.exchange.type
    if (exchange !== undefined && exchange !== queue.exchange.name) {
      const key = routingKey ?? queue.routingKey
      return { exchange, routingKey: key, topology: this.#topologyOf(exchange, key) }
    }
    const { topology } = queue
    if (type === 'direct' && (exchange === undefined || routingKey === undefined)) {
      return { exchange: '', routingKey: queue.name, topology }
    }
    return { exchange: queue.exchange.name, routingKey: routingKey ?? queue.routingKey, topology }
  }

  /** What is known of an exchange that the call named: declared with a queue that is bound to it. */
  #topologyOf(exchange: string, routingKey: string): Topology | undefined {
    if (exchange === '') return this.queues.has(routingKey) ? this.queues.get(routingKey).topology : undefined
    const bound = [...this.queues].find(({ topology }) => topology?.exchanges?.some(({ name }) => name === exchange))
    return bound?.topology
  }
}

type Options = Readonly<Record<string, unknown>>

const NONE: Options = Object.freeze({})
const DESTINATION = new Set(['queue', 'exchange', 'exchangeType', 'routingKey'])

function mergeOptions(call: Options, task: Options): Options {
  const given = withCamelKeys(call)
  return given['queue'] === undefined || given['queue'] === null
    ? { ...withCamelKeys(task), ...given }
    : { ...withoutDestination(withCamelKeys(task)), ...given }
}

/** A queue that is named shadows what comes below it: no routing key of another queue's. */
function fillGaps(own: Options, route: Options): Options {
  const base = own['queue'] === undefined || own['queue'] === null ? route : withoutDestination(route)
  return { ...base, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null)) }
}

function readAnswer(answer: RouteAnswer): Options {
  return typeof answer === 'string' ? { queue: answer } : withCamelKeys(answer)
}

function withCamelKeys(options: Options): Options {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [toCamel(key), value]))
}

function withoutDestination(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !DESTINATION.has(key)))
}

function isEmpty(options: Options): boolean {
  return Object.keys(options).length === 0
}

function rest(options: Options, { deliveryMode, priority }: TaskQueue): Options {
  const others = options === NONE ? NONE : withoutDestination(options)
  if (deliveryMode === undefined && priority === undefined) return others
  return {
    ...others,
    ...(deliveryMode === undefined ? {} : { deliveryMode: others['deliveryMode'] ?? deliveryMode }),
    ...(priority === undefined ? {} : { priority: others['priority'] ?? priority })
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
