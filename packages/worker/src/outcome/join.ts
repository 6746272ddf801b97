import { createResultMeta } from '@umbel/backend'
import { endsOf, errbacks, type FollowUpContext } from '@umbel/canvas'
import { dataToError, decodeJson, EncodedJson, errorRepr, type ResultMeta, type SignatureData } from '@umbel/protocol'
import { type Effects, joinEffects } from './effects.js'
import { errorData } from './error-data.js'
import { linksOf } from './links.js'
import { neverRan } from './never-ran.js'

/** A chord whose header failed: ChordError for every task of its body that a client may wait for. (wire-protocol 6.5) */
export function failedJoin(
  body: SignatureData,
  failed: ResultMeta,
  { context, now }: { context: FollowUpContext; now: number }
): Effects {
  const reason = errorRepr(dataToError(valueOf(failed)))
  const error = errorData('ChordError', [`Dependency ${failed.task_id} raised ${reason}`])
  const effects = endsOf(body).map(end => {
    const taskId = String(end.options.task_id)
    const meta = createResultMeta('FAILURE', { result: error }, { taskId, now })
    return { plans: [errbacks(linksOf(end.options.link_error), taskId, context)], ...neverRan([end], meta) }
  })
  return joinEffects(effects)
}

function valueOf({ result }: ResultMeta): unknown {
  return result instanceof EncodedJson ? decodeJson(result.text) : result
}
