/** Value ↔ bytes; synchronous and stateless. */
export interface Serializer {
  /** What users write: `json`. */
  readonly name: string
  /** What the message says: `application/json`. */
  readonly contentType: string
  readonly contentEncoding: string
  /** @throws EncodeError naming the path of the value that cannot be written */
  encode(value: unknown): Uint8Array
  /** @throws DecodeError */
  decode(body: Uint8Array): unknown
}

/** Bytes ↔ fewer bytes, after serialization. */
export interface Compression {
  readonly name: string
  readonly aliases: readonly string[]
  /** What the header `compression` says: `application/x-gzip`. */
  readonly contentType: string
  compress(body: Uint8Array): Uint8Array
  decompress(body: Uint8Array): Uint8Array
}
