import { DecodeError } from '../errors.js'
import { decodeJson } from '../json/decode.js'
import { encodeJson } from '../json/encode.js'
import type { JsonType } from '../json/types.js'
import type { Serializer } from '../serializer.js'

export interface JsonSerializerOptions {
  /** Types of your own. (kombu's register_type) */
  readonly types?: readonly JsonType[]
}

/** kombu's JSON, with your own types. (wire-protocol 2.2) */
export function createJsonSerializer(options: JsonSerializerOptions = {}): Serializer {
  const types = options.types ?? []
  return {
    name: 'json',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    encode: value => Buffer.from(encodeJson(value, { types }), 'utf8'),
    decode: body => decodeJson(utf8Text(body), { types })
  }
}

/** kombu's JSON. */
export const jsonSerializer: Serializer = createJsonSerializer()

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8Text(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch (cause) {
    throw new DecodeError('the body is no UTF-8 text', { cause })
  }
}
