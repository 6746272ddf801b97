import { DecodeError } from '../errors.js'
import { MAX_DEPTH } from '../json/limits.js'
import { shown } from '../shown.js'
import type { ResultTuple } from '../signature-data.js'

/** The tuple of one task. (celery.result.AsyncResult.as_tuple) */
export function taskTuple(id: string, parent: ResultTuple | null = null): ResultTuple {
  return [[id, parent], null]
}

/** The tuple of a group. (celery.result.GroupResult.as_tuple) */
export function groupTuple(
  id: string,
  children: readonly ResultTuple[],
  parent: ResultTuple | null = null
): ResultTuple {
  return [[id, parent], children]
}

/** A list of children, even an empty one, makes a group. */
export function isGroupTuple(tuple: ResultTuple): boolean {
  return tuple[1] !== null
}

/**
 * Reads a result tree from JSON; a bare id may stand where a head does. (wire-protocol 6.3)
 * @throws DecodeError naming what came
 */
export function readResultTuple(value: unknown): ResultTuple {
  return read(value, 0)
}

function read(value: unknown, depth: number): ResultTuple {
  if (depth > MAX_DEPTH) throw new DecodeError(`a result tuple is nested deeper than ${MAX_DEPTH} levels`)
  if (!Array.isArray(value) || value.length !== 2)
    throw new DecodeError(`a result tuple must be [[id, parent], children], got ${shown(value)}`)
  const [head, children] = value as readonly unknown[]
  const list = (children ?? null) as readonly unknown[] | null
  if (list !== null && !Array.isArray(list))
    throw new DecodeError(`children of a result tuple must be a list or null, got ${shown(list)}`)
  return [readHead(head, depth), list === null ? null : list.map(child => read(child, depth + 1))]
}

function readHead(head: unknown, depth: number): ResultTuple[0] {
  const [id, parent = null] = Array.isArray(head) ? (head as readonly unknown[]) : [head]
  if (typeof id !== 'string') throw new DecodeError(`the id of a result tuple must be text, got ${shown(id)}`)
  return [id, parent === null ? null : read(parent, depth + 1)]
}
