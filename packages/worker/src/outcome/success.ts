import { callbacks, joinPlans, nextInChain } from '@umbel/canvas'
import { EncodedJson } from '@umbel/protocol'
import type { Outcome } from '@umbel/pool'
import type { SettlementKind, WorkerRequest } from '../consume/request.js'
import type { Consequence } from './consequence.js'
import { readEmbed } from './embed.js'
import { type FailureContext, ownPart } from './failure.js'
import { metaOf } from './metas.js'

export type Success = Extract<Outcome, { kind: 'success' }>

/** What follows from a task that succeeded: its record, its callbacks, the next step, its chord's part. (wire-protocol 7.4) */
export function successConsequence(
  request: WorkerRequest,
  report: Success,
  { settlement, store, context }: { settlement: SettlementKind | undefined; store: boolean; context: FailureContext }
): Consequence {
  const embed = readEmbed(report.embed)
  const result = new EncodedJson(report.result)
  const plan = joinPlans([
    callbacks(embed.callbacks ?? [], result, context.followUp),
    nextInChain(embed.chain ?? [], result, context.followUp)
  ])
  const children = [...(report.children ?? []), ...plan.results]
  const meta = metaOf(request, { state: 'SUCCESS', result, children }, context)
  const parts = ownPart(request, meta, { embed, store })
  return { request, plan, metas: store && parts.length === 0 ? [meta] : [], parts, settlement }
}
