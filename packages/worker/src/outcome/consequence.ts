import type { ChordPart } from '@umbel/backend'
import { EMPTY_PLAN, type Plan } from '@umbel/canvas'
import type { ResultMeta } from '@umbel/protocol'
import type { HeldDelivery, SettlementKind } from '../consume/held.js'

/** Everything that follows from one report, decided before any of it is done. */
export interface Consequence {
  readonly held: HeldDelivery
  /** Tasks that it sets off: callbacks, the next step, errbacks. */
  readonly plan: Plan
  /** Records to store: its own and, after a failure, those of steps that will never run. */
  readonly metas: readonly ResultMeta[]
  /** Chords that it, or a step that will never run, is a part of. */
  readonly parts: readonly ChordPart[]
  /** What the broker is told, unless it was told before. */
  readonly settlement: SettlementKind
}

/** Nothing but word to the broker. */
export function onlySettled(held: HeldDelivery, settlement: SettlementKind): Consequence {
  return { held, plan: EMPTY_PLAN, metas: [], parts: [], settlement }
}

export const ACK: SettlementKind = { kind: 'ack' }
export const GIVE_BACK: SettlementKind = { kind: 'reject', requeue: true }
