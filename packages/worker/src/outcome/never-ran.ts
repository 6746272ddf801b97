import type { ChordPart } from '@umbel/backend'
import type { ResultMeta, SignatureData } from '@umbel/protocol'
import { endsOf } from './ends.js'

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
  for (const { options } of steps.flatMap(withFollowers)) {
    const meta = { ...shared, children: [], task_id: String(options.task_id) }
    const { chord, group_id: groupId, group_index: index = null } = options
    if (chord === undefined || groupId === undefined) metas.push(meta)
    else parts.push({ groupId, index, meta })
  }
  return { metas, parts }
}

/** Also what was to follow each of them: the rest of a chain travels with the body of its chord. */
function withFollowers(step: SignatureData): readonly SignatureData[] {
  return endsOf(step).flatMap(end => [end, ...(end.options.chain ?? []).toReversed().flatMap(withFollowers)])
}
