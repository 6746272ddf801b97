import { encodeMeta, type ResultMeta } from '@umbel/protocol'
import { toError } from '@umbel/runtime'

/** A record as it is kept, or why it cannot be. */
export function encoded(meta: ResultMeta): string | Error {
  try {
    return encodeMeta(meta)
  } catch (thrown) {
    return toError(thrown)
  }
}
