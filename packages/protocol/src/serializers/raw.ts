import { types as kinds } from 'node:util'
import { DecodeError, EncodeError } from '../errors.js'
import type { Serializer } from '../serializer.js'
import { shown } from '../shown.js'

/** Text as it is. */
export const textSerializer: Serializer = {
  name: 'text',
  contentType: 'text/plain',
  contentEncoding: 'utf-8',
  encode(value) {
    if (typeof value !== 'string') throw new EncodeError('', `text/plain takes text, got ${shown(value)}`)
    return Buffer.from(value, 'utf8')
  },
  decode(body) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    } catch (cause) {
      throw new DecodeError('the body is no UTF-8 text', { cause })
    }
  }
}

/** Bytes as they are. */
export const rawSerializer: Serializer = {
  name: 'raw',
  contentType: 'application/data',
  contentEncoding: 'binary',
  encode(value) {
    if (typeof value === 'string') return Buffer.from(value, 'utf8')
    if (kinds.isUint8Array(value)) return value
    throw new EncodeError('', `application/data takes bytes or text, got ${shown(value)}`)
  },
  decode: body => body
}
