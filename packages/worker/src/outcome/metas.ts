import { createResultMeta, type ExtendedFields, type MetaContext } from '@umbel/backend'
import type { ResultMeta, ResultTuple, TaskState } from '@umbel/protocol'
import type { WorkerRequest } from '../consume/request.js'

export interface MetaOptions {
  readonly hostname: string
  /** result_extended */
  readonly extended: boolean
  readonly formatDate: (now: number) => string
}

/** What a state brings to the record. */
export interface MetaContent {
  readonly state: TaskState
  readonly result: unknown
  readonly traceback?: string | null
  readonly children?: readonly ResultTuple[]
}

/** The record of one request's new state, for the result store. */
export function metaOf(
  request: WorkerRequest,
  content: MetaContent,
  { now, options }: { now: number; options: MetaOptions }
): ResultMeta {
  const { headers } = request.parsed
  const context: MetaContext = {
    taskId: request.id,
    now,
    children: content.children ?? [],
    groupId: headers.group,
    parentId: headers.parentId,
    replyTo: request.parsed.replyTo,
    task: request.taskWithStore,
    formatDate: options.formatDate,
    ...(options.extended ? { extended: extendedOf(request, options.hostname) } : {})
  }
  return createResultMeta(content.state, { result: content.result, traceback: content.traceback ?? null }, context)
}

function extendedOf(request: WorkerRequest, hostname: string): ExtendedFields {
  const { headers } = request.parsed
  const { args, kwargs } = argumentsOf(request)
  return {
    name: headers.task,
    args,
    kwargs,
    worker: hostname,
    retries: headers.retries,
    queue: request.delivery.routingKey,
    stamps: headers.stamps
  }
}

/** A body that cannot be decoded has no arguments to show. */
function argumentsOf({ parsed }: WorkerRequest): { args: unknown; kwargs: unknown } {
  try {
    return parsed.decodeBody()
  } catch {
    return { args: null, kwargs: null }
  }
}
