import { DecodeError } from '../errors.js'
import { EncodedJson } from '../encoded.js'
import { decodeJson } from '../json/decode.js'
import { encodeJson } from '../json/encode.js'
import type { ReadCodecs } from '../message/parse.js'
import type { ResultMeta } from '../result-meta.js'
import type { Compression, Serializer } from '../serializer.js'
import { encodeMeta, metaFields, readMetaFields } from './meta.js'

/** In front of what Celery 5.7 compresses in a store: then the content type, NUL, the data. */
const COMPRESSED = Buffer.from('\0celery-compressed\0')
/** Pickle begins with it; JSON never does. */
const PICKLE = 0x80
const PACKED = /^data:([^;,]+)(?:;compression=([^;,]+))?;base64,/

export interface ResultForm {
  /** A name among the serializers. (result_serializer) */
  readonly serializer: string
  /** A name among the compressions. (result_compression) */
  readonly compression?: string | undefined
}

/** How results are kept: serialized, and compressed where that is wanted. JSON is read whatever is accepted. */
export class ResultCodec {
  readonly serializer: Serializer
  readonly compression: Compression | undefined
  readonly #codecs: ReadCodecs

  /** @throws UnknownSerializerError, UnknownCompressionError */
  constructor(codecs: ReadCodecs, { serializer, compression }: ResultForm) {
    this.#codecs = { ...codecs, accept: new Set([...codecs.accept, 'application/json']) }
    this.serializer = codecs.serializers.byName(serializer)
    this.compression = compression === undefined ? undefined : codecs.compressions.byName(compression)
  }

  /** JSON, not compressed: what stores keep as text. */
  get plain(): boolean {
    return this.serializer.contentType === 'application/json' && this.compression === undefined
  }

  /** As Celery's stores keep it. @throws EncodeError */
  encode(value: unknown): string | Buffer {
    if (this.plain) return value instanceof EncodedJson ? value.text : encodeJson(value)
    const body = this.serializer.encode(value)
    if (this.compression === undefined) return Buffer.from(body)
    const type = Buffer.from(`${this.compression.contentType}\0`)
    return Buffer.concat([COMPRESSED, type, this.compression.compress(body)])
  }

  /** @throws DecodeError, ContentDisallowedError, UnknownCompressionError */
  decode(stored: Uint8Array): unknown {
    const body = this.#decompress(Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength))
    const { contentType, contentEncoding } = this.serializer
    if (contentType === 'application/json' && body[0] === PICKLE)
      throw new DecodeError('it is no JSON but looks pickled: result_serializer must be the same on all sides')
    return this.#codecs.serializers.decode(body, contentType, contentEncoding, this.#codecs.accept)
  }

  encodeMeta(meta: ResultMeta): string | Buffer {
    return this.plain ? encodeMeta(meta) : this.encode(metaFields(meta))
  }

  decodeMeta(stored: Uint8Array): ResultMeta {
    return readMetaFields(this.decode(stored))
  }

  /** A record as the body of a message, which names its form beside. */
  write(meta: ResultMeta): Uint8Array {
    if (this.plain) return Buffer.from(encodeMeta(meta))
    const body = this.serializer.encode(metaFields(meta))
    return this.compression === undefined ? body : this.compression.compress(body)
  }

  /** Bytes of which it is known what they are. @throws as `decode` */
  read(body: Uint8Array, contentType: string, compression?: string): unknown {
    const { serializers, compressions, accept } = this.#codecs
    serializers.check(contentType, accept)
    const plain = compression === undefined ? body : compressions.byName(compression).decompress(body)
    return serializers.decode(plain, contentType, 'utf-8', accept)
  }

  /** As text that says what it is, for stores of JSON. @throws EncodeError */
  pack(value: unknown): string {
    const body = this.serializer.encode(value)
    const type = this.compression === undefined ? '' : `;compression=${this.compression.contentType}`
    const data = Buffer.from(this.compression?.compress(body) ?? body)
    return `data:${this.serializer.contentType}${type};base64,${data.toString('base64')}`
  }

  /** What `pack` wrote, with whatever settings; anything else as it is. @throws as `decode` */
  unpack(value: unknown): unknown {
    const text = value instanceof EncodedJson && value.text.startsWith('"data:') ? decodeJson(value.text) : value
    const [head, contentType, compression] = (typeof text === 'string' && PACKED.exec(text)) || []
    if (head === undefined || contentType === undefined) return value
    return this.read(Buffer.from((text as string).slice(head.length), 'base64'), contentType, compression)
  }

  #decompress(stored: Buffer): Uint8Array {
    if (!stored.subarray(0, COMPRESSED.length).equals(COMPRESSED)) return stored
    const end = stored.indexOf(0, COMPRESSED.length)
    const contentType = stored.toString('latin1', COMPRESSED.length, end)
    return this.#codecs.compressions.byName(contentType).decompress(stored.subarray(end + 1))
  }
}
