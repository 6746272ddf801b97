import { describe, expect, it } from '@jest/globals'
import {
  argsrepr,
  dataToError,
  decodeJson,
  decodeMeta,
  defaultCompressions,
  encodeJson,
  encodeMeta,
  type ErrorData,
  errorRepr,
  errorToData,
  type Headers,
  type Message,
  normalizeSignature,
  type ParsedTask,
  parseTask,
  parseTime,
  saferepr,
  type TaskCall,
  writeTask,
  writeTaskV1
} from '../src/index.js'
import { codecs, vectors } from './fixtures.js'

interface MessageCase {
  readonly name: string
  readonly protocol: 1 | 2
  readonly headers: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly contentType: string
  readonly contentEncoding: string
  readonly body: string
}

const KNOWN = new Set(['zlib', 'brotli', ...(defaultCompressions.names.includes('zstd') ? ['zstd'] : [])].map(typeOf))

function typeOf(name: string): string {
  return defaultCompressions.byName(name).contentType
}

describe('what the real Celery wrote', () => {
  for (const { name, text, same } of vectors<{ name: string; text: string; same: boolean }>('json'))
    it(`reads JSON: ${name}`, () => {
      const written = encodeJsonOrReason(decodeJson(text))
      if (same) expect(written).toBe(text)
      else expect(written).not.toBe(text)
    })

  for (const example of vectors<MessageCase>('messages'))
    if (example.name === 'bzip2' || (example.name === 'zstd' && !defaultCompressions.names.includes('zstd')))
      it(`says which compressions there are instead of ${example.name}`, () => {
        expect(() => parseTask(messageOf(example), codecs).decodeBody()).toThrow(/known: zlib, gzip, brotli/)
      })
    else
      it(`reads the message ${example.name} and writes it again to the byte`, () => {
        const message = messageOf(example)
        const parsed = parseTask(message, codecs)
        const written = rewrite(parsed, message)
        expect(parsed.protocol).toBe(example.protocol)
        expect(encodeJson(written.headers)).toBe(example.headers.replace('"lang": "py"', '"lang": "js"'))
        expect(written.properties).toEqual(message.properties)
        expect(bodyText(written)).toBe(bodyText(message))
      })

  for (const { value, reprs } of vectors<{ value: string; reprs: readonly ReprCase[] }>('reprs'))
    it(`shows ${value.slice(0, 60)} as saferepr does`, () => {
      for (const { kind, maxLength, maxLevels, expected } of reprs) {
        const options = { maxLength: maxLength ?? Number.POSITIVE_INFINITY, maxLevels }
        const decoded = decodeJson(value)
        const shown =
          kind === 'tuple'
            ? argsrepr(decoded as readonly unknown[], options)
            : saferepr(kind === 'set' ? new Set(decoded as readonly unknown[]) : decoded, options)
        expect(shown).toBe(expected)
      }
    })

  for (const { name, text } of vectors<{ name: string; text: string }>('metas'))
    it(`reads the result meta ${name} and writes it again to the byte`, () => {
      expect(encodeMeta(decodeMeta(text))).toBe(text)
    })

  for (const { name, text } of vectors<{ name: string; text: string }>('signatures'))
    it(`reads the signature ${name} and writes it again to the byte`, () => {
      expect(encodeJson(normalizeSignature(decodeJson(text)))).toBe(text)
    })

  for (const { text, repr } of vectors<{ text: string; repr: string }>('exceptions'))
    it(`rebuilds ${repr.replaceAll(/[^ -~]/g, '?')}`, () => {
      const data = decodeJson(text) as ErrorData
      const error = dataToError(data)
      expect(errorRepr(data)).toBe(repr)
      expect(errorRepr(error)).toBe(repr)
      expect(encodeJson(errorToData(error))).toBe(text)
    })

  for (const { contentType, text, data } of vectors<CompressionCase>('compressions'))
    if (KNOWN.has(contentType))
      it(`decompresses ${contentType} of ${text.length} characters, and itself`, () => {
        const { compress, decompress } = defaultCompressions.byName(contentType)
        expect(Buffer.from(decompress(Buffer.from(data, 'base64'))).toString()).toBe(text)
        expect(Buffer.from(decompress(compress(Buffer.from(text)))).toString()).toBe(text)
      })
    else
      it(`has no ${contentType}, and says so`, () => {
        expect(() => defaultCompressions.byName(contentType)).toThrow(/unknown compression .*known: zlib, gzip, brotli/)
      })

  for (const { text, ms } of vectors<{ text: string; ms: number | null }>('times'))
    it(`reads the time ${JSON.stringify(text)} as isoparse does`, () => {
      if (ms === null) expect(() => parseTime(text)).toThrow(/expected an ISO 8601 time/)
      else expect(parseTime(text)).toBe(ms)
    })
})

interface CompressionCase {
  readonly contentType: string
  readonly text: string
  readonly data: string
}

interface ReprCase {
  readonly kind: 'value' | 'tuple' | 'set'
  readonly maxLength: number | null
  readonly maxLevels: number
  readonly expected: string
}

/** JavaScript does not know 1.0 from 1, and refuses to write 1e17 as if it knew its digits. */
function encodeJsonOrReason(value: unknown): string {
  try {
    return encodeJson(value)
  } catch (error) {
    return (error as Error).message
  }
}

function messageOf(example: MessageCase): Message {
  const { correlation_id, reply_to, delivery_mode, priority, expiration } = example.properties
  return {
    headers: decodeJson(example.headers) as Headers,
    body: Buffer.from(example.body, 'base64'),
    properties: {
      contentType: example.contentType,
      contentEncoding: example.contentEncoding,
      correlationId: correlation_id as string,
      replyTo: reply_to as string,
      deliveryMode: delivery_mode as 1 | 2,
      priority: priority as number,
      ...(expiration !== undefined && { expiration: expiration as string })
    }
  }
}

function rewrite(parsed: ParsedTask, { headers, properties }: Message): Message {
  const { priority, deliveryMode, expiration } = properties
  const { compression } = headers
  const call: TaskCall = {
    ...parsed.decodeBody(),
    headers: parsed.headers,
    correlationId: parsed.correlationId,
    replyTo: parsed.replyTo,
    ...(priority !== undefined && { priority }),
    ...(deliveryMode !== undefined && { deliveryMode }),
    ...(expiration !== undefined && { expiration }),
    ...(typeof compression === 'string' && { compression })
  }
  return parsed.protocol === 1 ? writeTaskV1(call, codecs) : writeTask(call, codecs)
}

function bodyText({ headers, body }: Message): string {
  const { compression } = headers
  const plain = typeof compression === 'string' ? defaultCompressions.byName(compression).decompress(body) : body
  return Buffer.from(plain).toString()
}
