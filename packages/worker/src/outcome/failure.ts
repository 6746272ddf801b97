import type { ChordPart } from '@umbel/backend'
import { EMPTY_PLAN, errbacks, type FollowUpContext } from '@umbel/canvas'
import type { Embed, ErrorData, ResultMeta, ResultTuple, SignatureData } from '@umbel/protocol'
import type { SettlementKind, WorkerRequest } from '../consume/request.js'
import type { Consequence } from './consequence.js'
import { endsOf } from './ends.js'
import { metaOf, type MetaOptions } from './metas.js'

export interface FailureFacts {
  readonly state: 'FAILURE' | 'REVOKED'
  readonly error: ErrorData
  readonly traceback: string | null
  readonly embed: Embed
  readonly children?: readonly ResultTuple[]
  readonly settlement: SettlementKind | undefined
  /** Keep the record (ignore_result may say no). */
  readonly store: boolean
}

export interface FailureContext {
  readonly now: number
  readonly options: MetaOptions
  readonly followUp: FollowUpContext
}

/**
 * What follows from a task that will not succeed: its record, the same record for every later step of its chain
 * (clients wait for the last one: trap 26), its chord's part, its errbacks.
 */
export function failureConsequence(request: WorkerRequest, facts: FailureFacts, context: FailureContext): Consequence {
  const { state, error, traceback, embed, children = [], store } = facts
  const meta = metaOf(request, { state, result: error, traceback, children }, context)
  const rest = (embed.chain ?? []).toReversed().flatMap(step => endsOf(step))
  return {
    request,
    plan: embed.errbacks?.length ? errbacks(embed.errbacks, request.id, context.followUp) : EMPTY_PLAN,
    metas: [
      ...(store && embed.chord === null ? [meta] : []),
      ...rest.filter(step => step.options.chord === undefined).map(step => neverRan(step, meta))
    ],
    parts: [...ownPart(request, meta, { embed, store }), ...rest.flatMap(step => partOf(step, neverRan(step, meta)))],
    settlement: facts.settlement
  }
}

/** The part that a chord's header member is, done or failed. */
export function ownPart(
  request: WorkerRequest,
  meta: ResultMeta,
  { embed, store }: { embed: Embed; store: boolean }
): readonly ChordPart[] {
  const { group, groupIndex } = request.parsed.headers
  return embed.chord === null || group === null ? [] : [{ groupId: group, index: groupIndex, meta, store }]
}

function partOf({ options }: SignatureData, meta: ResultMeta): readonly ChordPart[] {
  const { chord, group_id: groupId, group_index: index = null } = options
  return chord === undefined || groupId === undefined ? [] : [{ groupId, index, meta }]
}

function neverRan({ options }: SignatureData, { group_id: _group, ...meta }: ResultMeta): ResultMeta {
  return { ...meta, children: [], task_id: String(options.task_id) }
}
