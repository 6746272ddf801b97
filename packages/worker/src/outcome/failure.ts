import type { ChordPart } from '@umbel/backend'
import { EMPTY_PLAN, errbacks, type FollowUpContext } from '@umbel/canvas'
import type { Embed, ErrorData, ResultMeta, ResultTuple } from '@umbel/protocol'
import type { SettlementKind } from '../consume/held.js'
import type { WorkerRequest } from '../consume/request.js'
import type { Consequence } from './consequence.js'
import { metaOf, type MetaOptions } from './metas.js'
import { neverRan } from './never-ran.js'

export interface FailureFacts {
  readonly state: 'FAILURE' | 'REVOKED'
  readonly error: ErrorData
  readonly traceback: string | null
  readonly embed: Embed
  readonly children?: readonly ResultTuple[] | undefined
  readonly settlement: SettlementKind
  /** Keep the record (ignore_result may say no). */
  readonly store: boolean
}

export interface OutcomeContext {
  readonly now: number
  readonly options: MetaOptions
  readonly followUp: FollowUpContext
}

/**
 * What follows from a task that will not succeed: its record, the same record for every later step of its chain, its
 * chord's part, its errbacks.
 */
export function failureConsequence(request: WorkerRequest, facts: FailureFacts, context: OutcomeContext): Consequence {
  const { state, error, traceback, embed, children = [], store, settlement } = facts
  const meta = metaOf(request, { state, result: error, traceback, children }, context)
  const later = neverRan((embed.chain ?? []).toReversed(), meta)
  const own = ownPart(request, meta, { embed, store })
  return {
    held: request,
    plan: embed.errbacks?.length ? errbacks(embed.errbacks, request.id, context.followUp) : EMPTY_PLAN,
    metas: [...(store && own.length === 0 ? [meta] : []), ...later.metas],
    parts: [...own, ...later.parts],
    settlement
  }
}

/** The part that a chord's header member is, done or failed. */
export function ownPart(
  request: WorkerRequest,
  meta: ResultMeta,
  { embed, store }: { embed: Embed; store: boolean }
): readonly ChordPart[] {
  const { group, groupIndex } = request.parsed.headers
  const { chord: body } = embed
  return body === null || group === null ? [] : [{ groupId: group, index: groupIndex, meta, store, body }]
}
