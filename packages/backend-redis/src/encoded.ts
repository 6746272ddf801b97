import type { ResultCodec, ResultMeta } from '@umbel/protocol'
import { toError } from '@umbel/runtime'

/** A record as it is kept, or why it cannot be. */
export function encoded(codec: ResultCodec, meta: ResultMeta): string | Buffer | Error {
  try {
    return codec.encodeMeta(meta)
  } catch (thrown) {
    return toError(thrown)
  }
}
