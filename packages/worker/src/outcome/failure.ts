import type { ChordPart } from '@umbel/backend'
import { EMPTY_PLAN, errbacks, type FollowUpContext } from '@umbel/canvas'
import type { Embed, ErrorData, ResultMeta, ResultTuple } from '@umbel/protocol'
import type { SettlementKind } from '../consume/held.js'
import type { WorkerRequest } from '../consume/request.js'
import { ACK, type Consequence, onlySettled } from './consequence.js'
import { errorData } from './error-data.js'
import { UNREADABLE } from './embed.js'
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

/**
 * What follows from a task that wants no record of itself: nothing, but for those who would wait for ever. A chord whose
 * part it is fails, and so do the later steps of its chain, which nobody will start.
 */
export function ignoredConsequence(
  request: WorkerRequest,
  embed: Embed,
  context: Pick<OutcomeContext, 'now' | 'options'>
): Consequence {
  const error = errorData('Ignore', [`task ${request.id} was ignored`])
  const meta = metaOf(request, { state: 'FAILURE', result: error }, context)
  const later = neverRan((embed.chain ?? []).toReversed(), meta)
  const parts = [...ownPart(request, meta, { embed, store: false }), ...later.parts]
  return { ...onlySettled(request, ACK), metas: later.metas, parts }
}

/**
 * The part that a chord's header member is, done or failed. Where the body is unreadable, any member of a group may be
 * one: a part of no chord harms nothing, a part that never comes keeps a chord waiting for ever.
 */
export function ownPart(
  request: WorkerRequest,
  meta: ResultMeta,
  { embed, store }: { embed: Embed; store: boolean }
): readonly ChordPart[] {
  const { group, groupIndex } = request.parsed.headers
  const { chord: body } = embed
  if (group === null) return []
  if (embed === UNREADABLE) return [{ groupId: group, index: groupIndex, meta, store }]
  return body === null ? [] : [{ groupId: group, index: groupIndex, meta, store, body }]
}
