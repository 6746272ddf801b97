import { ContentDisallowedError, DecodeError, UnknownSerializerError } from '../errors.js'
import type { Serializer } from '../serializer.js'

/** Read whatever the accept list says: they hold bytes or text, nothing is interpreted. (kombu's TRUSTED_CONTENT) */
const TRUSTED: ReadonlySet<string> = new Set(['application/data', 'application/text'])

/** The serializers of an application; immutable. */
export interface Serializers {
  readonly names: readonly string[]
  /** @throws UnknownSerializerError listing the known names */
  byName(name: string): Serializer
  /**
   * Bytes to value. What is not accepted is refused before its bytes are touched.
   * @throws ContentDisallowedError
   * @throws DecodeError
   */
  decode(body: Uint8Array, contentType: string, contentEncoding: string, accept: ReadonlySet<string>): unknown
  /** @throws ContentDisallowedError */
  check(contentType: string, accept: ReadonlySet<string>): void
  /**
   * Content types for `accept_content`: names of serializers, or content types as they are.
   * @throws UnknownSerializerError
   */
  acceptSet(names: Iterable<string>): ReadonlySet<string>
  /** With one more, or one of the same name replaced. */
  with(serializer: Serializer): Serializers
  /** Only these. (kombu's disable_insecure_serializers) */
  only(names: readonly string[]): Serializers
}

export function createSerializers(list: readonly Serializer[]): Serializers {
  return new SerializerRegistry(list)
}

class SerializerRegistry implements Serializers {
  readonly #byName: ReadonlyMap<string, Serializer>
  readonly #byType: ReadonlyMap<string, Serializer>

  constructor(list: readonly Serializer[]) {
    this.#byName = new Map(list.map(serializer => [serializer.name, serializer]))
    this.#byType = new Map(list.map(serializer => [serializer.contentType, serializer]))
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  byName(name: string): Serializer {
    const serializer = this.#byName.get(name) ?? this.#byType.get(name)
    if (serializer === undefined) throw new UnknownSerializerError(name, this.names)
    return serializer
  }

  check(contentType: string, accept: ReadonlySet<string>): void {
    if (!accept.has(contentType) && !TRUSTED.has(contentType)) throw new ContentDisallowedError(contentType, accept)
  }

  // oxlint-disable-next-line max-params -- what a message says, in the order in which it says it
  decode(body: Uint8Array, contentType: string, contentEncoding: string, accept: ReadonlySet<string>): unknown {
    this.check(contentType, accept)
    const serializer = this.#byType.get(contentType)
    return serializer === undefined ? decodeUnknown(body, contentEncoding) : serializer.decode(body)
  }

  acceptSet(names: Iterable<string>): ReadonlySet<string> {
    return new Set([...names].map(name => (name.includes('/') ? name : this.byName(name).contentType)))
  }

  with(serializer: Serializer): Serializers {
    return new SerializerRegistry([...this.#list().filter(({ name }) => name !== serializer.name), serializer])
  }

  only(names: readonly string[]): Serializers {
    return new SerializerRegistry(names.map(name => this.byName(name)))
  }

  #list(): readonly Serializer[] {
    return [...this.#byName.values()]
  }
}

/** Accepted, but without a decoder: text in its encoding, or the bytes. */
function decodeUnknown(body: Uint8Array, contentEncoding: string): unknown {
  const encoding = contentEncoding.toLowerCase()
  if (encoding === 'binary' || encoding === 'ascii-8bit') return body
  try {
    return new TextDecoder(encoding || 'utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw new DecodeError(`the body is no text in encoding ${JSON.stringify(contentEncoding)}`, { cause })
  }
}
