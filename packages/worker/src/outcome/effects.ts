import type { ChordPart } from '@umbel/backend'
import type { Plan } from '@umbel/canvas'
import type { ResultMeta } from '@umbel/protocol'

/** What is to be sent, stored and counted. */
export interface Effects {
  readonly plans: readonly Plan[]
  readonly metas: readonly ResultMeta[]
  readonly parts: readonly ChordPart[]
}

export function joinEffects(list: readonly Effects[]): Effects {
  return {
    plans: list.flatMap(({ plans }) => plans),
    metas: list.flatMap(({ metas }) => metas),
    parts: list.flatMap(({ parts }) => parts)
  }
}
