import { unreadableMeta } from '@umbel/backend'
import type { ResultCodec, ResultMeta } from '@umbel/protocol'

/** A stored record; one that cannot be read as a FAILURE that says why. */
export function readMeta(codec: ResultCodec, taskId: string, stored: Buffer): ResultMeta {
  try {
    return codec.decodeMeta(stored)
  } catch (thrown) {
    return unreadableMeta(taskId, thrown)
  }
}

/** A record, and beside one that the scripts cannot read, its state. */
export function metaKeys(key: string, { plain }: ResultCodec): readonly string[] {
  return plain ? [key] : [key, `${key}.state`]
}
