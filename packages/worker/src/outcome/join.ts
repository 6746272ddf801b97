import { type ChordPart, createResultMeta } from '@umbel/backend'
import { EMPTY_PLAN, errbacks, type FollowUpContext, joinPlans, type Plan } from '@umbel/canvas'
import {
  dataToError,
  decodeJson,
  EncodedJson,
  errorRepr,
  type ErrorData,
  type ResultMeta,
  type SignatureData
} from '@umbel/protocol'
import { endsOf } from './ends.js'

export interface FailedJoin {
  readonly plan: Plan
  readonly metas: readonly ResultMeta[]
  readonly parts: readonly ChordPart[]
}

/** A chord whose header failed: ChordError for every task of its body that a client may wait for. (wire-protocol 6.5) */
export function failedJoin(
  body: SignatureData,
  failed: ResultMeta,
  { context, now }: { context: FollowUpContext; now: number }
): FailedJoin {
  const error = chordError(failed)
  const outcomes = endsOf(body).map(end => {
    const id = String(end.options.task_id)
    const meta = createResultMeta('FAILURE', { result: error }, { taskId: id, now })
    const { chord, group_id: groupId, group_index: index = null } = end.options
    const part = chord === undefined || groupId === undefined ? [] : [{ groupId, index, meta }]
    return { plan: errbacksOf(end, context), metas: part.length === 0 ? [meta] : [], parts: part }
  })
  return {
    plan: joinPlans(outcomes.map(({ plan }) => plan)),
    metas: outcomes.flatMap(({ metas }) => metas),
    parts: outcomes.flatMap(({ parts }) => parts)
  }
}

function errbacksOf({ options }: SignatureData, context: FollowUpContext): Plan {
  const { link_error: links } = options
  if (links === undefined) return EMPTY_PLAN
  const list = Array.isArray(links) ? (links as readonly SignatureData[]) : [links as SignatureData]
  return errbacks(list, String(options.task_id), context)
}

function chordError(failed: ResultMeta): ErrorData {
  const result = failed.result instanceof EncodedJson ? decodeJson(failed.result.text) : failed.result
  const reason = errorRepr(dataToError(result))
  return {
    exc_type: 'ChordError',
    exc_message: [`Dependency ${failed.task_id} raised ${reason}`],
    exc_module: 'celery.exceptions'
  }
}
