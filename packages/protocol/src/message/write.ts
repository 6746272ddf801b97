import { EncodeError } from '../errors.js'
import { InvalidTaskError } from '../exceptions/classes.js'
import type { Headers, Message, MessageProperties } from '../message.js'
import { PROTOCOL_HEADERS } from './headers.js'
import type { Serializers } from '../serializers/registry.js'
import type { Compressions } from '../compression/registry.js'
import type { TaskCall, TaskHeaders } from '../task-message.js'
import { shown } from '../shown.js'

export interface WriteCodecs {
  readonly serializers: Serializers
  readonly compressions: Compressions
}

/**
 * A call as a message of protocol 2. (wire-protocol 1.2 to 1.4)
 * @throws EncodeError naming the argument, as `args[1].user.id`
 * @throws InvalidTaskError for a call without task or id, which would stop a Python worker (trap 2)
 * @throws UnknownSerializerError
 * @throws UnknownCompressionError
 */
export function writeTask(call: TaskCall, codecs: WriteCodecs): Message {
  checkCall(call)
  const { callbacks, errbacks, chain, chord } = call.embed
  const body = [call.args, call.kwargs, { callbacks, errbacks, chain, chord }]
  return finish(call, { body, headers: headersOf(call.headers), names: ['args', 'kwargs', ''] }, codecs)
}

/**
 * A call as a message of protocol 1: everything in the body, no headers. The rest of a chain becomes nested callbacks.
 * Errors as in {@link writeTask}. (wire-protocol 1.8)
 */
export function writeTaskV1(call: TaskCall, codecs: WriteCodecs): Message {
  checkCall(call)
  const { headers, embed } = call
  if (embed.chain !== null && embed.chain.length > 0)
    throw new InvalidTaskError('protocol 1 has no chain: link each step to the one before it (task_protocol)')
  const body = {
    task: headers.task,
    id: headers.id,
    args: call.args,
    kwargs: call.kwargs,
    group: headers.group,
    group_index: headers.groupIndex,
    retries: headers.retries,
    eta: headers.eta,
    expires: headers.expires,
    utc: true,
    callbacks: embed.callbacks,
    errbacks: embed.errbacks,
    timelimit: headers.timelimit,
    taskset: headers.group,
    chord: embed.chord
  }
  return finish(call, { body, headers: ownHeaders(headers.custom), names: [] }, codecs)
}

function checkCall({ headers: { task, id } }: TaskCall): void {
  if (typeof task !== 'string' || task === '')
    throw new InvalidTaskError(`a message needs the name of a task, got ${shown(task)}`)
  if (typeof id !== 'string' || id === '')
    throw new InvalidTaskError(`a message of task ${task} needs an id, got ${shown(id)}`)
}

function headersOf(headers: TaskHeaders): Headers {
  return {
    lang: 'js',
    task: headers.task,
    id: headers.id,
    shadow: headers.shadow,
    eta: headers.eta,
    expires: headers.expires,
    group: headers.group,
    group_index: headers.groupIndex,
    retries: headers.retries,
    timelimit: headers.timelimit,
    root_id: headers.rootId || headers.id,
    parent_id: headers.parentId,
    argsrepr: headers.argsrepr,
    kwargsrepr: headers.kwargsrepr,
    origin: headers.origin,
    ignore_result: headers.ignoreResult,
    replaced_task_nesting: headers.replacedTaskNesting,
    stamped_headers: headers.stampedHeaders,
    stamps: headers.stamps,
    ...ownHeaders(headers.custom)
  }
}

/** The protocol's headers are never another's: what says who and what this task is must be what was sent. */
function ownHeaders(custom: Headers): Headers {
  for (const name in custom) if (PROTOCOL_HEADERS.has(name)) return withoutProtocol(custom)
  return custom
}

function withoutProtocol(custom: Headers): Headers {
  return Object.fromEntries(Object.entries(custom).filter(([name]) => !PROTOCOL_HEADERS.has(name)))
}

interface Draft {
  readonly body: unknown
  readonly headers: Headers
  /** What the body's elements are called in errors. */
  readonly names: readonly string[]
}

function finish(call: TaskCall, draft: Draft, { serializers, compressions }: WriteCodecs): Message {
  const serializer = serializers.byName(call.serializer ?? 'json')
  const properties = propertiesOf(call, serializer)
  const body = naming(draft.names, () => serializer.encode(draft.body))
  if (call.compression === undefined) return { headers: draft.headers, properties, body }
  const compression = compressions.byName(call.compression)
  const headers = { ...draft.headers, compression: compression.contentType }
  return { headers, properties, body: compression.compress(body) }
}

function propertiesOf(
  call: TaskCall,
  { contentType, contentEncoding }: Pick<MessageProperties, 'contentType' | 'contentEncoding'>
): MessageProperties {
  return {
    contentType,
    contentEncoding,
    correlationId: call.correlationId,
    replyTo: call.replyTo,
    deliveryMode: call.deliveryMode ?? 2,
    priority: call.priority ?? 0,
    ...(call.expiration !== undefined && { expiration: call.expiration }),
    ...(call.extra !== undefined && { extra: call.extra })
  }
}

/** Puts the caller's words for positions of the body: `[0][1].user` is `args[1].user`. */
function naming<T>(names: readonly string[], encode: () => T): T {
  try {
    return encode()
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
    const path = error.path.replace(/^\[(\d)\]/, (whole, index: string) => names[Number(index)] ?? whole)
    throw new EncodeError(path.replace(/^\./, ''), error.reason, { cause: error.cause })
  }
}
