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
  /**
   * Something is to run once this is recorded, and the broker is told after that. Called with false when the worker gave
   * up before: then the broker must not be told at all.
   */
  readonly recorded?: (done: boolean) => void
}

/** With hooks, the broker is told when they have run; but what leaves with the ack (a retry) does not wait for them. */
export function waitsForHooks({ settlement }: Pick<Consequence, 'settlement'>): boolean {
  return settlement.kind !== 'ack' || settlement.publish === undefined
}

/** Nothing but word to the broker. */
export function onlySettled(held: HeldDelivery, settlement: SettlementKind): Consequence {
  return { held, plan: EMPTY_PLAN, metas: [], parts: [], settlement }
}

export const ACK: SettlementKind = { kind: 'ack' }
export const GIVE_BACK: SettlementKind = { kind: 'reject', requeue: true }
