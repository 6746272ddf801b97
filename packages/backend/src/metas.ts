import { toError } from '@umbel/runtime'
import { BackendGetMetaError } from './errors.js'
import {
  type ErrorData,
  formatTime,
  isReady,
  REPLY_TO,
  type ResultMeta,
  type ResultTuple,
  TASK_NAME,
  type TaskState
} from '@umbel/protocol'

/** The task and the execution that a meta tells of. */
export interface MetaContext {
  readonly taskId: string
  /** When the state was reached, milliseconds since the epoch. */
  readonly now: number
  /** Results of tasks that this task sent; null when nothing is known of the execution. Default null. */
  readonly children?: readonly ResultTuple[] | null
  readonly groupId?: string | null
  readonly parentId?: string | null
  /** Queue of the client that waits for it; '' when nobody does. */
  readonly replyTo?: string | undefined
  /** Name of the task, where it may have a store of its own. */
  readonly task?: string | undefined
  /** Given when `result_extended` is on. */
  readonly extended?: ExtendedFields
  /** ISO 8601 text with offset for `date_done`. Default UTC. */
  readonly formatDate?: (now: number) => string
}

/** What `result_extended` adds; null where the request is unknown. */
export interface ExtendedFields {
  readonly name: string | null
  readonly args: unknown
  readonly kwargs: unknown
  /** Node name. */
  readonly worker: string | null
  readonly retries: number | null
  /** The routing key. */
  readonly queue: string | null
  /** Stamps by header name; written only when there are any. */
  readonly stamps?: Readonly<Record<string, unknown>>
}

/** What a transition brings: its result and, for errors, the traceback. */
export interface Outcome {
  readonly result: unknown
  readonly traceback?: string | null
}

/**
 * The record of a task that reached `state`, keys in Celery's order; `date_done` only for final states.
 * (Backend._get_result_meta, wire-protocol 6.1)
 */
export function createResultMeta(state: TaskState, outcome: Outcome, context: MetaContext): ResultMeta {
  const { taskId, now, children = null, groupId, parentId, extended, replyTo, task, formatDate = formatTime } = context
  return {
    status: state,
    result: outcome.result,
    traceback: outcome.traceback ?? null,
    children,
    date_done: isReady(state) ? formatDate(now) : null,
    ...(groupId == null ? {} : { group_id: groupId }),
    ...(parentId == null ? {} : { parent_id: parentId }),
    ...(extended === undefined ? {} : extendedFields(extended)),
    task_id: taskId,
    ...(replyTo ? { [REPLY_TO]: replyTo } : {}),
    ...(task === undefined ? {} : { [TASK_NAME]: task })
  }
}

/** STARTED, with who runs it. (Backend.mark_as_started) */
export function startedMeta(
  context: MetaContext,
  process: { readonly pid: number; readonly hostname: string }
): ResultMeta {
  return createResultMeta('STARTED', { result: { pid: process.pid, hostname: process.hostname } }, context)
}

/** SUCCESS with the return value. (Backend.mark_as_done) */
export function successMeta(context: MetaContext, result: unknown): ResultMeta {
  return createResultMeta('SUCCESS', { result }, context)
}

/** FAILURE with the error. (Backend.mark_as_failure) */
export function failureMeta(context: MetaContext, error: ErrorData, traceback: string | null = null): ResultMeta {
  return createResultMeta('FAILURE', { result: error, traceback }, context)
}

/** RETRY with the error that caused it, null if there was none. (Backend.mark_as_retry) */
export function retryMeta(context: MetaContext, error: ErrorData | null, traceback: string | null = null): ResultMeta {
  return createResultMeta('RETRY', { result: error, traceback }, context)
}

/** REVOKED with TaskRevokedError: Python's `get()` breaks on a null. (Backend.mark_as_revoked, trap 62) */
export function revokedMeta(
  context: MetaContext,
  reason: 'revoked' | 'expired' | 'terminated' = 'revoked'
): ResultMeta {
  const result: ErrorData = { exc_type: 'TaskRevokedError', exc_message: [reason], exc_module: 'celery.exceptions' }
  return createResultMeta('REVOKED', { result }, context)
}

/**
 * In place of a stored result that cannot be read, so that its neighbours can: FAILURE with BackendGetMetaError. It is
 * never stored.
 */
export function unreadableMeta(taskId: string, cause: unknown): ResultMeta {
  const { message } = new BackendGetMetaError(taskId, cause)
  const why = `${message}: ${toError(cause).message}`
  const result: ErrorData = { exc_type: 'BackendGetMetaError', exc_message: [why], exc_module: 'celery.exceptions' }
  return { ...createResultMeta('FAILURE', { result }, { taskId, now: 0 }), date_done: null }
}

function extendedFields({ stamps = {}, ...fields }: ExtendedFields): Readonly<Record<string, unknown>> {
  const { name, args, kwargs, worker, retries, queue } = fields
  const names = Object.keys(stamps)
  const stamped = names.length === 0 ? {} : { stamped_headers: names, ...stamps }
  return { name, args, kwargs, worker, retries, queue, ...stamped }
}
