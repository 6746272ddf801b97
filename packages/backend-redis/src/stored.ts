import { unreadableMeta } from '@umbel/backend'
import { DecodeError, decodeMeta, defaultCompressions, type ResultMeta } from '@umbel/protocol'

/** In front of what Celery 5.7 compressed: then the content type, NUL, the data. (result_compression) */
const COMPRESSED = Buffer.from('\0celery-compressed\0')
/** Pickle begins with it; JSON never does. */
const PICKLE = 0x80

/** A stored record; one that cannot be read as a FAILURE that says why. */
export function readMeta(taskId: string, stored: Buffer): ResultMeta {
  try {
    return decodeMeta(textOf(stored))
  } catch (thrown) {
    return unreadableMeta(taskId, thrown)
  }
}

/**
 * The JSON that was stored, compressed or not.
 * @throws DecodeError, UnknownCompressionError
 */
export function textOf(stored: Buffer): string {
  if (stored[0] === PICKLE)
    throw new DecodeError('it is no JSON but looks pickled: result_serializer must be json on all sides')
  if (!stored.subarray(0, COMPRESSED.length).equals(COMPRESSED)) return stored.toString()
  const end = stored.indexOf(0, COMPRESSED.length)
  const contentType = stored.toString('latin1', COMPRESSED.length, end)
  const body = defaultCompressions.byName(contentType).decompress(stored.subarray(end + 1))
  return Buffer.from(body).toString()
}
