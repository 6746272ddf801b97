import { types as kinds } from 'node:util'
import { DecodeError } from '../errors.js'
import { decodeJson } from '../json/decode.js'
import { encodeJson } from '../json/encode.js'
import type { ResultMeta } from '../result-meta.js'
import { isMapping, shown } from '../shown.js'
import { formatTime } from '../time.js'
import { readResultTuple } from './tuple.js'

/**
 * A meta as the text that Celery stores, in its order of keys. An EncodedJson result goes through as it is.
 * (wire-protocol 6.1)
 * @throws EncodeError naming the path, as `result.rows[3]`
 */
export function encodeMeta(meta: ResultMeta): string {
  return encodeJson(metaFields(meta))
}

/** Its keys in the order of Celery. */
export function metaFields(meta: ResultMeta): Readonly<Record<string, unknown>> {
  const { status, result, traceback, children, date_done, group_id, parent_id, ...others } = meta
  const { name, args, kwargs, worker, retries, queue, stamped_headers, task_id, ...stamps } = others
  return {
    status,
    result: result === undefined ? null : result,
    traceback,
    children,
    date_done,
    group_id,
    parent_id,
    name,
    args,
    kwargs,
    worker,
    retries,
    queue,
    stamped_headers,
    ...stamps,
    task_id
  }
}

/**
 * Reads a stored meta; keys that old writers leave out become null.
 * @throws DecodeError for text that is no meta
 */
export function decodeMeta(text: string): ResultMeta {
  return readMetaFields(decodeJson(text))
}

/** @throws DecodeError for what is no meta */
export function readMetaFields(meta: unknown): ResultMeta {
  if (!isMapping(meta)) throw new DecodeError(`a result meta must be an object, got ${shown(meta)}`)
  const { status, task_id, children } = meta
  if (typeof status !== 'string') throw new DecodeError(`a result meta must have a status, got ${shown(status)}`)
  if (typeof task_id !== 'string') throw new DecodeError(`a result meta must have a task_id, got ${shown(task_id)}`)
  return {
    ...meta,
    status,
    result: meta['result'] ?? null,
    traceback: textOrNull(meta, 'traceback'),
    children: Array.isArray(children) ? children.map(child => readResultTuple(child)) : null,
    date_done: doneOf(meta),
    task_id
  }
}

function textOrNull(meta: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = meta[key] ?? null
  if (value !== null && typeof value !== 'string')
    throw new DecodeError(`a result meta's ${key} must be text or null, got ${shown(value)}`)
  return value
}

/** Some Celery backends write the date as a tagged datetime. */
function doneOf(meta: Readonly<Record<string, unknown>>): string | null {
  const value = meta['date_done']
  return kinds.isDate(value) ? formatTime(value.getTime()) : textOrNull(meta, 'date_done')
}
