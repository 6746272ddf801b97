import { types as kinds } from 'node:util'
import type * as MessagePack from '@msgpack/msgpack'
import { DecodeError } from '../errors.js'
import type { Serializer } from '../serializer.js'
import { optionalPackage } from './library.js'
import { plainValue, withNumbers } from './plain.js'

const library = optionalPackage<typeof MessagePack>('the serializer msgpack', '@msgpack/msgpack')

/**
 * MessagePack as kombu has it: text as str, bytes as bin, no extension types. Needs the package `@msgpack/msgpack`.
 * (wire-protocol 2.1, trap 35)
 */
export const msgpackSerializer: Serializer = {
  name: 'msgpack',
  contentType: 'application/x-msgpack',
  contentEncoding: 'binary',
  encode: value => library().encode(plainValue(value, special, unreadableKey), { useBigInt64: true }),
  decode(body) {
    const { decode } = library()
    try {
      return withNumbers(decode(body, { useBigInt64: true }))
    } catch (cause) {
      throw new DecodeError('the body is no MessagePack', { cause })
    }
  }
}

function special(value: object): { readonly as: unknown } | string {
  if (kinds.isUint8Array(value)) return { as: value }
  return `${value.constructor.name} has no MessagePack form; pass text or a number`
}

// The library's decoder throws on it, so what we send with it nobody of ours could read.
function unreadableKey(key: string): string | undefined {
  return key === '__proto__' ? 'the key __proto__ cannot be read back from MessagePack; name it otherwise' : undefined
}
