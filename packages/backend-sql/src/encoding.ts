import { BackendError, unreadableMeta } from '@umbel/backend'
import {
  decodeJson,
  decodeMeta,
  EncodedJson,
  encodeJson,
  encodeMeta,
  type ResultMeta,
  type TaskState
} from '@umbel/protocol'
import { textFlaw, toError } from '@umbel/runtime'
import type { SqlRow } from '@umbel/sql'

/** A meta as its row keeps it. */
export interface EncodedMeta {
  readonly taskId: string
  readonly status: TaskState
  /** JSON of everything but the result. */
  readonly meta: string
  /** JSON of the result. */
  readonly result: string
}

/** The error when it cannot be written, naming the path. */
export function encode(meta: ResultMeta): EncodedMeta | Error {
  const flaw = textFlaw(meta.task_id)
  if (flaw !== undefined) return new BackendError(`a task id that the database would not keep as it is: ${flaw}`)
  try {
    const result = encodeJson(meta.result ?? null, { path: 'result' })
    return { taskId: meta.task_id, status: meta.status, meta: encodeMeta({ ...meta, result: null }), result }
  } catch (thrown) {
    return toError(thrown)
  }
}

export function isEncoded(item: EncodedMeta | Error): item is EncodedMeta {
  return 'taskId' in item
}

/** What cannot be read is told as a FAILURE. */
export function decode(row: SqlRow): ResultMeta {
  return read(row, () => decodeJson(String(row['result'])))
}

/** The result stays JSON text: whoever hands it on need not read it. */
export function decodePart(row: SqlRow): ResultMeta {
  return read(row, () => new EncodedJson(String(row['result'])))
}

function read(row: SqlRow, result: () => unknown): ResultMeta {
  try {
    return { ...decodeMeta(String(row['meta'])), result: result() }
  } catch (thrown) {
    return unreadableMeta(String(row['id']), thrown)
  }
}
