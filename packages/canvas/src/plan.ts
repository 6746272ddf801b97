import type { ResultTuple, SignatureData } from '@umbel/protocol'
import type { TaskSend } from './dispatcher.js'

/** A chord whose header is about to be sent. */
export interface ChordOpening {
  readonly groupId: string
  /** Completions to wait for. */
  readonly size: number
  /** Complete and frozen: ids, group, and what follows it. */
  readonly body: SignatureData
  /** Results of the header, for stores that cannot count: somebody must look at each. */
  readonly header: readonly ResultTuple[]
  /** Seconds between such looks. Default: the application's. */
  readonly interval?: number
  /** How often to look at most. Default: for ever. */
  readonly maxRetries?: number
}

/** A group that readers of the result store must be able to look up. */
export interface GroupRecord {
  readonly groupId: string
  readonly group: ResultTuple
}

/** What applying a canvas comes down to: chords are opened, groups saved, then the tasks sent as one batch. */
export interface Plan {
  readonly chords: readonly ChordOpening[]
  readonly groups: readonly GroupRecord[]
  readonly sends: readonly TaskSend[]
  /** Result trees of what was applied: the children of the task that applied it. */
  readonly results: readonly ResultTuple[]
}

export const EMPTY_PLAN: Plan = { chords: [], groups: [], sends: [], results: [] }

/** Several plans as one, so that one batch carries them all. */
export function joinPlans(plans: readonly Plan[]): Plan {
  return {
    chords: plans.flatMap(plan => plan.chords),
    groups: plans.flatMap(plan => plan.groups),
    sends: plans.flatMap(plan => plan.sends),
    results: plans.flatMap(plan => plan.results)
  }
}
