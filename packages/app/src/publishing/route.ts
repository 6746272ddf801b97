import { type TaskSend, toWireOptions } from '@umbel/canvas'
import type { SignatureOptions } from '@umbel/protocol'
import type { Topology } from '@umbel/transport'
import { type Route, Router } from '../routing/index.js'
import type { TaskDefinition } from '../task/definition.js'
import type { Publishing } from './call-options.js'
import type { ComposeEnvironment } from './environment.js'

export interface Routed {
  readonly exchange: string
  readonly routingKey: string
  readonly topology: Topology | undefined
  /** Everything that was decided: the call's options over the task's, those over the route's and the settings'. */
  readonly options: SignatureOptions
}

const NONE: SignatureOptions = {}
const DESTINATION = ['queue', 'exchange', 'exchange_type', 'routing_key'] as const

/** Where a call goes, and with which options. */
export function routeCall(
  environment: ComposeEnvironment,
  send: TaskSend,
  { definition, publishing = {} }: { definition: TaskDefinition | undefined; publishing?: Publishing | undefined }
): Routed {
  const { attributes, settings } = environment
  const task = definition === undefined ? NONE : attributes.ofTask(definition)
  const hasRoutes = settings.taskRoutes !== undefined || publishing.router !== undefined
  const route = routerFor(environment, publishing).route({
    name: publishing.routeName ?? send.task,
    args: send.args,
    kwargs: send.kwargs,
    options: hasRoutes ? send.options : destinationIn(send.options),
    taskOptions: hasRoutes ? task : destinationIn(task),
    task: definition
  })
  // Not by spreads: one after another they take V8 ten times as long, and every call comes by here.
  const options = Object.assign(
    {},
    attributes.ofSettings,
    toWireOptions(route.options),
    merged(task, send.options)
  ) as SignatureOptions
  return { options, ...placeOf(route, publishing) }
}

function routerFor({ router, settings }: ComposeEnvironment, publishing: Publishing): Router {
  if (publishing.router === undefined) return router
  return new Router({ ...settings, taskRoutes: publishing.router }, router.queues)
}

/** Only this is needed where no routes want to see the rest. */
function destinationIn(options: SignatureOptions): SignatureOptions {
  const destination: Record<string, unknown> = {}
  for (const name of DESTINATION) if (options[name] !== undefined) destination[name] = options[name]
  return destination
}

/** The call's options over the task's; its nulls take away. */
function merged(task: SignatureOptions, call: SignatureOptions): SignatureOptions {
  const given: Readonly<Record<string, unknown>> = { ...task, ...call }
  const options: Record<string, unknown> = {}
  // Not by taking away: an object that has lost a field is slow ever after.
  for (const name in given) if (given[name] !== undefined && given[name] !== null) options[name] = given[name]
  return options
}

function placeOf(
  { exchange, routingKey, topology }: Route,
  { declare }: Publishing
): Pick<Routed, 'exchange' | 'routingKey' | 'topology'> {
  if (declare === undefined) return { exchange, routingKey, topology }
  const all = [...(topology === undefined ? [] : [topology]), ...(isList(declare) ? declare : [declare])]
  return { exchange, routingKey, topology: joined(all) }
}

function joined(topologies: readonly Topology[]): Topology {
  return {
    exchanges: topologies.flatMap(({ exchanges = [] }) => exchanges),
    queues: topologies.flatMap(({ queues = [] }) => queues),
    bindings: topologies.flatMap(({ bindings = [] }) => bindings)
  }
}

function isList(declare: Topology | readonly Topology[]): declare is readonly Topology[] {
  return Array.isArray(declare)
}
