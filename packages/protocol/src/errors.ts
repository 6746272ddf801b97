import { UmbelError, type UmbelErrorOptions } from '@umbel/runtime'

/** A value cannot be serialized; `path` leads to it: `args[1].user.id`. (kombu.exceptions.EncodeError) */
export class EncodeError extends UmbelError {
  static override readonly code = 'ENCODE'
  readonly path: string
  readonly reason: string

  constructor(path: string, reason: string, options: UmbelErrorOptions = {}) {
    super(`${path === '' ? 'the value' : path} cannot be serialized: ${reason}`, options)
    this.path = path
    this.reason = reason
  }
}

/** Bytes or text that are not what their content type says. (kombu.exceptions.DecodeError) */
export class DecodeError extends UmbelError {
  static override readonly code = 'DECODE'
}

/** A content type that is not accepted; its bytes were not touched. (kombu.exceptions.ContentDisallowed) */
export class ContentDisallowedError extends UmbelError {
  static override readonly code = 'CONTENT_DISALLOWED'
  readonly contentType: string

  constructor(contentType: string, accept: ReadonlySet<string>) {
    super(
      `content type ${JSON.stringify(contentType)} is refused: accept_content allows ` +
        `${[...accept].join(', ') || 'nothing'}${hintFor(contentType)}`
    )
    this.contentType = contentType
  }
}

/** No serializer of that name or content type. */
export class UnknownSerializerError extends UmbelError {
  static override readonly code = 'UNKNOWN_SERIALIZER'

  constructor(name: string, known: readonly string[]) {
    super(`unknown serializer ${JSON.stringify(name)}; known: ${known.join(', ')}${wayTo(name)}`)
  }
}

/** No compression of that name or content type. */
export class UnknownCompressionError extends UmbelError {
  static override readonly code = 'UNKNOWN_COMPRESSION'

  constructor(name: string, known: readonly string[]) {
    super(
      `unknown compression ${JSON.stringify(name)}; known: ${known.join(', ')}; ` +
        "others are registered with new Umbel('…', { compressions: [{ name, aliases, contentType, compress, decompress }] })"
    )
  }
}

/** A message that is no task message of any version. */
export class UnknownMessageError extends UmbelError {
  static override readonly code = 'UNKNOWN_MESSAGE'
}

/** Text that is no ISO 8601 time, or a time that cannot be written as one. */
export class InvalidTimeError extends UmbelError {
  static override readonly code = 'INVALID_TIME'
}

/** A value that is no signature; `path` leads to what is wrong. */
export class InvalidSignatureError extends UmbelError {
  static override readonly code = 'INVALID_SIGNATURE'
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'the signature' : `signature.${path}`} ${problem}`)
    this.path = path
  }
}

function hintFor(name: string): string {
  if (!/pickle|python-serialize/.test(name)) return ''
  return '. Pickle runs code of whoever wrote the message and is not supported: let the Python side use json (task_serializer)'
}

function wayTo(name: string): string {
  if (name === 'auth') return '. Signed messages are not built yet'
  return (
    hintFor(name) ||
    ". Others are registered with new Umbel('…', { serializers: [{ name, contentType, contentEncoding, encode, decode }] })"
  )
}
