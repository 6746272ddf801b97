import type { ResultTuple } from './signature-data.js'
import type { TaskState } from './states.js'

/** An exception as Celery stores it. (wire-protocol 6.2) */
export interface ErrorData {
  readonly exc_type: string
  /** The exception's argument list. */
  readonly exc_message: readonly unknown[]
  readonly exc_module: string | null
}

/** Under this name a record carries the queue that its reply goes to, where results are replies (rpc). JSON never shows it. */
export const REPLY_TO: unique symbol = Symbol.for('umbel.replyTo')

/** Under this name a record carries its task's name, where that may have a store of its own. JSON never shows it. */
export const TASK_NAME: unique symbol = Symbol.for('umbel.taskName')

/** What a result store keeps for one task, in Celery's spelling and key order. (wire-protocol 6.1) */
export interface ResultMeta {
  readonly status: TaskState
  /** Return value; ErrorData for FAILURE, RETRY and REVOKED; `{ pid, hostname }` for STARTED; user meta for custom states. May be EncodedJson. */
  readonly result: unknown
  readonly traceback: string | null
  readonly children: readonly ResultTuple[] | null
  /** ISO 8601 with offset; null unless the state is final. */
  readonly date_done: string | null
  readonly group_id?: string
  readonly parent_id?: string
  readonly name?: string | null
  readonly args?: unknown
  readonly kwargs?: unknown
  readonly worker?: string | null
  readonly retries?: number | null
  readonly queue?: string | null
  readonly stamped_headers?: readonly string[]
  readonly task_id: string
  readonly [REPLY_TO]?: string
  readonly [TASK_NAME]?: string
  /** One further key per stamp. */
  readonly [stamp: string]: unknown
}
