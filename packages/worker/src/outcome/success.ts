import { callbacks, EMPTY_PLAN, joinPlans, nextInChain, type Plan } from '@umbel/canvas'
import { EncodedJson, type Embed } from '@umbel/protocol'
import type { Outcome } from '@umbel/pool'
import type { WorkerRequest } from '../consume/request.js'
import { ACK, type Consequence } from './consequence.js'
import { readEmbed } from './embed.js'
import { type OutcomeContext, ownPart } from './failure.js'
import { metaOf } from './metas.js'

export type Success = Extract<Outcome, { kind: 'success' }>

/** What follows from a task that succeeded: its record, its callbacks, the next step, its chord's part. (wire-protocol 7.4) */
export function successConsequence(
  request: WorkerRequest,
  report: Success,
  { store, context }: { store: boolean; context: OutcomeContext }
): Consequence {
  const embed = readEmbed(report.embed)
  const result = new EncodedJson(report.result)
  const plan = planOf(embed, result, context)
  if (!store && embed.chord === null) return { held: request, plan, metas: [], parts: [], settlement: ACK }
  const children = [...(report.children ?? []), ...plan.results]
  const meta = metaOf(request, { state: 'SUCCESS', result, children }, context)
  const parts = ownPart(request, meta, { embed, store })
  return { held: request, plan, metas: store && parts.length === 0 ? [meta] : [], parts, settlement: ACK }
}

function planOf(embed: Embed, result: EncodedJson, { followUp }: OutcomeContext): Plan {
  const links = embed.callbacks?.length ? callbacks(embed.callbacks, result, followUp) : EMPTY_PLAN
  const next = embed.chain?.length ? nextInChain(embed.chain, result, followUp) : EMPTY_PLAN
  return links === EMPTY_PLAN ? next : joinPlans([links, next])
}
