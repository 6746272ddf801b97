import type { ChordPart } from '@umbel/backend'
import type { Plan } from '@umbel/canvas'
import type { ResultMeta } from '@umbel/protocol'
import type { SettlementKind, WorkerRequest } from '../consume/request.js'

/** Everything that follows from one report, decided before any of it is done. */
export interface Consequence {
  readonly request: WorkerRequest
  /** Tasks that it sets off: callbacks, the next step, errbacks. */
  readonly plan: Plan
  /** Records to store: its own and, after a failure, those of steps that will never run. */
  readonly metas: readonly ResultMeta[]
  /** Chords that it, or a step that will never run, is a part of. */
  readonly parts: readonly ChordPart[]
  /** What the broker is told; undefined: it knows already. */
  readonly settlement: SettlementKind | undefined
}
