import type { ChordPart } from '@umbel/backend'
import { endsInLine } from '@umbel/canvas'
import { type ResultMeta, type SignatureData, TASK_NAME } from '@umbel/protocol'

export interface NeverRan {
  readonly metas: readonly ResultMeta[]
  readonly parts: readonly ChordPart[]
}

/**
 * The record of steps that will not run because of what `cause` tells: clients wait for the last of them (trap 26),
 * and chords for those that are their parts.
 */
export function neverRan(steps: readonly SignatureData[], cause: ResultMeta): NeverRan {
  const { group_id: _group, ...shared } = cause
  const metas: ResultMeta[] = []
  const parts: ChordPart[] = []
  for (const { task, options } of steps.flatMap(endsInLine)) {
    const meta = { ...shared, children: [], task_id: String(options.task_id), [TASK_NAME]: task }
    const { chord, group_id: groupId, group_index: index = null } = options
    if (chord === undefined || groupId === undefined) metas.push(meta)
    else parts.push({ groupId, index, meta })
  }
  return { metas, parts }
}
