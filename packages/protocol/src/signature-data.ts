/** Positional arguments as they stand on the wire. */
export type Args = readonly unknown[]
export type Kwargs = Readonly<Record<string, unknown>>

/**
 * A signature as JSON: all six keys are always written (wire-protocol trap 4). `subtask_type` names the
 * composite ("chain", "group", "chord"); chunks, map and starmap have null and are told by their task name.
 */
export interface SignatureData {
  readonly task: string
  readonly args: Args
  readonly kwargs: Kwargs
  readonly options: SignatureOptions
  readonly subtask_type: string | null
  readonly immutable: boolean
  /** Only from old versions of Celery. */
  readonly chord_size?: number | null
}

/** Options in Celery's wire spelling. Unknown keys are kept (trap 23). */
export interface SignatureOptions {
  readonly task_id?: string
  readonly root_id?: string
  readonly parent_id?: string
  readonly group_id?: string
  readonly group_index?: number
  readonly reply_to?: string
  readonly chord?: SignatureData
  /** Reversed: the next step is the last element (trap 15). */
  readonly chain?: readonly SignatureData[]
  /** One or a list (trap 24). */
  readonly link?: SignatureData | readonly SignatureData[]
  readonly link_error?: SignatureData | readonly SignatureData[]
  /** Seconds. */
  readonly countdown?: number
  /** ISO 8601 on the wire, a Date before. */
  readonly eta?: string | Date
  /** Seconds, ISO 8601 or a Date. */
  readonly expires?: number | string | Date
  readonly queue?: string
  readonly exchange?: string
  readonly routing_key?: string
  readonly priority?: number
  readonly serializer?: string
  readonly compression?: string
  readonly retries?: number
  readonly headers?: Kwargs
  readonly shadow?: string
  /** Seconds. */
  readonly time_limit?: number
  readonly soft_time_limit?: number
  readonly ignore_result?: boolean
  readonly delivery_mode?: 1 | 2
  readonly replaced_task_nesting?: number
  readonly stamped_headers?: readonly string[]
  readonly [unknown: string]: unknown
}

/** A result tree: `[[id, parent], null]` for a task, `[[groupId, parent], children]` for a group. (celery.result.as_tuple) */
export type ResultTuple = readonly [
  head: readonly [id: string, parent: ResultTuple | null],
  children: readonly ResultTuple[] | null
]
