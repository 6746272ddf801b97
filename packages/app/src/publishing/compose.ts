import { type TaskSend, toWireOptions } from '@umbel/canvas'
import {
  argsrepr,
  formatTime,
  kwargsrepr,
  parseTime,
  type SignatureData,
  type SignatureOptions,
  type TaskCall,
  type TaskHeaders,
  writeTask,
  type WriteCodecs,
  writeTaskV1
} from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Dispatch } from '../gateway/gateway.js'
import type { Router } from '../routing/index.js'
import type { Settings } from '../settings/index.js'
import type { TaskDefinition } from '../task/definition.js'
import { settingAttributes, taskAttributes } from './attributes.js'

/** What composing a message depends on beside the call itself. */
export interface ComposeEnvironment {
  readonly settings: Settings
  readonly router: Router
  readonly codecs: WriteCodecs
  readonly clock: Clock
  /** `gen<pid>@<host>`. */
  readonly origin: string
  /** Queue of this client's replies, or ''. */
  readonly replyTo: string
  /** Minutes that the application's time zone is ahead of UTC at an instant. */
  readonly offsetAt: (milliseconds: number) => number
}

/** One call as a message with its route. Options that are set win over the task's attributes, those over routes and settings. */
export function compose(
  environment: ComposeEnvironment,
  send: TaskSend,
  definition: TaskDefinition | undefined
): Dispatch {
  const { settings, router } = environment
  const { task_id: _id, ...callOptions } = send.options
  const taskOptions = definition === undefined ? {} : taskAttributes(definition, settings)
  const route = router.route({
    name: send.task,
    args: send.args,
    kwargs: send.kwargs,
    options: callOptions,
    taskOptions,
    task: definition
  })
  const options = withoutUnset({ ...settingAttributes(settings), ...toWireOptions(route.options), ...callOptions })
  const due = dueAt(environment, options)
  const call = callOf(environment, send, options, due)
  const write = environment.settings.taskProtocol === 1 ? writeTaskV1 : writeTask
  const outgoing = { exchange: route.exchange, routingKey: route.routingKey, message: write(call, environment.codecs) }
  return { outgoing: due === undefined ? outgoing : { ...outgoing, notBefore: due }, topology: route.topology }
}

function callOf(
  environment: ComposeEnvironment,
  send: TaskSend,
  options: SignatureOptions,
  due: number | undefined
): TaskCall {
  const now = environment.clock.now()
  const expires = expiresAt(environment, options, now)
  return {
    args: send.args,
    kwargs: send.kwargs,
    embed: {
      callbacks: asList(options.link),
      errbacks: asList(options.link_error),
      chain: options.chain ?? null,
      chord: options.chord ?? null
    },
    headers: headersOf(environment, send, { options, due, expires }),
    correlationId: send.options.task_id,
    replyTo: options.reply_to ?? environment.replyTo,
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    deliveryMode: options.delivery_mode ?? environment.settings.taskDefaultDeliveryMode,
    ...(expires === undefined ? {} : { expiration: String(Math.max(0, Math.trunc(expires - now))) }),
    ...(options.serializer === undefined ? {} : { serializer: options.serializer }),
    ...(options.compression === undefined ? {} : { compression: options.compression })
  }
}

interface Times {
  readonly options: SignatureOptions
  readonly due: number | undefined
  readonly expires: number | undefined
}

function headersOf(environment: ComposeEnvironment, send: TaskSend, { options, due, expires }: Times): TaskHeaders {
  const { stamped_headers: stampedHeaders = null } = options
  return {
    lang: 'js',
    task: send.task,
    id: send.options.task_id,
    shadow: options.shadow ?? null,
    eta: due === undefined ? null : timeText(environment, options.eta, due),
    expires: expires === undefined ? null : timeText(environment, options.expires, expires),
    group: options.group_id ?? null,
    groupIndex: options.group_index ?? null,
    retries: options.retries ?? 0,
    timelimit: [options.time_limit ?? null, options.soft_time_limit ?? null],
    rootId: options.root_id ?? send.options.task_id,
    parentId: options.parent_id ?? null,
    argsrepr: text(options['argsrepr']) ?? argsrepr(send.args),
    kwargsrepr: text(options['kwargsrepr']) ?? kwargsrepr(send.kwargs),
    origin: environment.origin,
    ignoreResult: options.ignore_result ?? null,
    replacedTaskNesting: options.replaced_task_nesting ?? 0,
    stampedHeaders,
    stamps: Object.fromEntries((stampedHeaders ?? []).map(name => [name, options[name]])),
    custom: options.headers ?? {}
  }
}

/** A text that the caller gave keeps its milliseconds and offset. */
function timeText(environment: ComposeEnvironment, given: unknown, milliseconds: number): string {
  return typeof given === 'string' ? given : formatTime(milliseconds, { offset: environment.offsetAt(milliseconds) })
}

function dueAt({ clock }: ComposeEnvironment, { eta, countdown }: SignatureOptions): number | undefined {
  if (eta !== undefined && eta !== null) return typeof eta === 'string' ? parseTime(eta) : eta.getTime()
  return countdown === undefined || countdown === null ? undefined : clock.now() + countdown * 1000
}

function expiresAt(_environment: ComposeEnvironment, { expires }: SignatureOptions, now: number): number | undefined {
  if (expires === undefined || expires === null) return undefined
  if (typeof expires === 'number') return now + expires * 1000
  return typeof expires === 'string' ? parseTime(expires) : expires.getTime()
}

function asList(links: SignatureData | readonly SignatureData[] | undefined): readonly SignatureData[] | null {
  if (links === undefined || links === null) return null
  return Array.isArray(links) ? links : [links as SignatureData]
}

function withoutUnset(options: SignatureOptions): SignatureOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
