import { chainAsLink, type TaskSend } from '@umbel/canvas'
import {
  argsrepr,
  type Embed,
  type Kwargs,
  kwargsrepr,
  type SignatureData,
  type SignatureOptions,
  type TaskCall,
  type TaskHeaders,
  writeTask,
  writeTaskV1
} from '@umbel/protocol'
import type { Dispatch } from '../gateway/gateway.js'
import { given } from '../given.js'
import type { PublishRetryPolicy } from '../gateway/publish-retries.js'
import type { TaskDefinition } from '../task/definition.js'
import type { Publishing } from './call-options.js'
import { awaitedIds } from './awaited.js'
import { checkNames } from './check-names.js'
import type { ComposeEnvironment } from './environment.js'
import { propertiesIn } from './properties.js'
import { routeCall } from './route.js'
import { type CallTimes, timesOf } from './times.js'

/** What is known of a call beside the call itself. */
export interface CallContext {
  /** undefined: the task is not known here. */
  readonly definition: TaskDefinition | undefined
  readonly publishing?: Publishing | undefined
}

/** One call as a message with its route. Options that are set win over the task's attributes, those over routes and settings. */
export function compose(environment: ComposeEnvironment, send: TaskSend, context: CallContext): Dispatch {
  const routed = routeCall(environment, send, context)
  checkNames(send.options, routed)
  const { exchange, routingKey, topology, options } = routed
  const times = timesOf(environment, options)
  const shadow = options.shadow ?? shadowOf(send, context.definition)
  const write = environment.settings.taskProtocol === 1 ? writeTaskV1 : writeTask
  const message = write(callOf(environment, send, { options, times, shadow }), environment.codecs)
  const outgoing = { exchange, routingKey, message, ...sendingOf(send) }
  return {
    outgoing: times.due === undefined ? outgoing : { ...outgoing, notBefore: times.due },
    topology,
    replies: awaitedIds(send),
    ...retryOf(environment, context.publishing),
    ...deliveryOf(context.publishing)
  }
}

function sendingOf({ sending, repeated }: TaskSend): { readonly id?: string; readonly repeated?: boolean } {
  return { ...(sending === undefined ? undefined : { id: sending }), ...(repeated === true ? { repeated } : undefined) }
}

interface Decided {
  readonly options: SignatureOptions
  readonly times: CallTimes
  readonly shadow: string | undefined
}

function callOf(environment: ComposeEnvironment, send: TaskSend, decided: Decided): TaskCall {
  const { options, times } = decided
  const { priority, serializer, compression } = options
  const extra = propertiesIn(options)
  return {
    args: send.args,
    kwargs: send.kwargs,
    embed: embedOf(environment, options),
    headers: headersOf(environment, send, decided),
    correlationId: send.options.task_id,
    replyTo: options.reply_to ?? environment.replyTo,
    deliveryMode: options.delivery_mode ?? environment.settings.taskDefaultDeliveryMode,
    ...(priority === undefined ? undefined : { priority }),
    ...(times.expiration === undefined ? undefined : { expiration: times.expiration }),
    ...(serializer === undefined ? undefined : { serializer }),
    ...(compression === undefined ? undefined : { compression }),
    ...(extra === undefined ? undefined : { extra })
  }
}

/** Protocol 1 has no chain: each step calls the next as a link. (use_link) */
function embedOf({ settings }: ComposeEnvironment, options: SignatureOptions): Embed {
  const callbacks = asList(options.link)
  const errbacks = asList(options.link_error)
  const chord = options.chord ?? null
  const next = settings.taskProtocol === 1 ? chainAsLink(options.chain ?? []) : undefined
  if (next === undefined) return { callbacks, errbacks, chain: options.chain ?? null, chord }
  return { callbacks: [...(callbacks ?? []), next], errbacks, chain: null, chord }
}

function headersOf({ origin }: ComposeEnvironment, send: TaskSend, { options, times, shadow }: Decided): TaskHeaders {
  const { stamped_headers: stampedHeaders = null } = options
  return {
    lang: 'js',
    task: send.task,
    id: send.options.task_id,
    shadow: shadow ?? null,
    eta: times.eta,
    expires: times.expires,
    group: options.group_id ?? null,
    groupIndex: options.group_index ?? null,
    retries: options.retries ?? 0,
    timelimit: [options.time_limit ?? null, options.soft_time_limit ?? null],
    rootId: options.root_id ?? send.options.task_id,
    parentId: options.parent_id ?? null,
    argsrepr: text(options['argsrepr']) ?? argsrepr(send.args),
    kwargsrepr: text(options['kwargsrepr']) ?? kwargsrepr(send.kwargs),
    origin,
    ignoreResult: options.ignore_result ?? null,
    replacedTaskNesting: options.replaced_task_nesting ?? 0,
    stampedHeaders,
    stamps: stampsOf(options),
    custom: options.headers ?? {}
  }
}

/** The values of stamps are options of their names, or headers. */
function stampsOf(all: SignatureOptions): Kwargs {
  const { stamped_headers: names } = all
  if (names === undefined || names === null || names.length === 0) return {}
  // An option of this name is none of a stamp's.
  const { stamped_headers: _names, headers, ...options } = all
  return Object.fromEntries(names.map(name => [name, options[name] ?? headers?.[name]]))
}

/** A task may give each call a name of its own. (shadow_name) */
function shadowOf({ args, kwargs, options }: TaskSend, definition: TaskDefinition | undefined): string | undefined {
  return definition?.settings.shadowName?.(args, kwargs, options)
}

function retryOf(
  { settings }: ComposeEnvironment,
  { retry, retryPolicy, client }: Publishing = {}
): { readonly retry?: PublishRetryPolicy | false } {
  // After an error in a transaction nothing but its rollback succeeds.
  if (retry === false || client !== undefined) return { retry: false }
  if (retryPolicy === undefined && retry === undefined) return {}
  return { retry: { ...settings.taskPublishRetryPolicy, ...retryPolicy } }
}

function deliveryOf({
  mandatory,
  confirmTimeout,
  client
}: Publishing = {}): Pick<Dispatch, 'mandatory' | 'confirmTimeout' | 'within'> {
  return { ...given('mandatory', mandatory), ...given('confirmTimeout', confirmTimeout), ...given('within', client) }
}

function asList(links: SignatureData | readonly SignatureData[] | undefined): readonly SignatureData[] | null {
  if (links === undefined || links === null) return null
  return Array.isArray(links) ? links : [links as SignatureData]
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
