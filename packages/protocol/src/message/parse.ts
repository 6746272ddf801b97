import { UmbelError } from '@umbel/runtime'
import type { Compressions } from '../compression/registry.js'
import { DecodeError, UnknownCompressionError, UnknownMessageError } from '../errors.js'
import type { Headers, Message } from '../message.js'
import { argsrepr, kwargsrepr } from '../repr/saferepr.js'
import type { Serializers } from '../serializers/registry.js'
import { isMapping, shown } from '../shown.js'
import type { TaskBody, TaskHeaders } from '../task-message.js'
import { readBody, readMap } from './body.js'
import { readHeaders } from './headers.js'
import { withZone } from './zone.js'

export interface ReadCodecs {
  readonly serializers: Serializers
  readonly compressions: Compressions
  /** Content types that may be decoded; see `acceptSet`. */
  readonly accept: ReadonlySet<string>
}

/** A task message that was received. */
export interface ParsedTask {
  readonly protocol: 1 | 2
  readonly headers: TaskHeaders
  readonly correlationId: string
  /** The empty string: nobody waits. */
  readonly replyTo: string
  /**
   * Protocol 2 decodes when asked, and once.
   * @throws DecodeError
   * @throws InvalidTaskError
   */
  decodeBody(): TaskBody
}

/**
 * Reads a task message of protocol 2, of protocol 1, or of the hybrid form. (wire-protocol 1.1)
 * @throws UnknownMessageError for what is no task message
 * @throws InvalidTaskError naming the part that is wrong, what was expected and what came
 * @throws ContentDisallowedError before the body is touched
 * @throws DecodeError for bytes that are not what their content type says
 */
export function parseTask(message: Message, codecs: ReadCodecs): ParsedTask {
  const headers = isMapping(message.headers) ? message.headers : {}
  const properties = isMapping(message.properties) ? message.properties : ({} as Partial<Message['properties']>)
  codecs.serializers.check(properties.contentType ?? RAW, codecs.accept)
  const decode = (): unknown => decodeMessage(message, headers, codecs)
  const parts = isTaskName(headers['task']) ? readHeaded(message, headers, decode) : readProtocol1(headers, decode())
  // Field by field: read for every message, and a spread took a fifth of it.
  return {
    protocol: parts.protocol,
    headers: parts.headers,
    decodeBody: parts.decodeBody,
    correlationId: textOr(properties.correlationId, parts.headers.id),
    replyTo: textOr(properties.replyTo, '')
  }
}

const RAW = 'application/data'
const SPACES: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09])
const OPENING_BRACE = 0x7b
type Parts = Pick<ParsedTask, 'protocol' | 'headers' | 'decodeBody'>

function isTaskName(value: unknown): boolean {
  return value !== undefined && value !== null
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback
}

function decodeMessage(message: Message, headers: Headers, { serializers, compressions, accept }: ReadCodecs): unknown {
  const { contentType, contentEncoding } = message.properties ?? {}
  try {
    const body = decompressed(message.body, headers['compression'], compressions)
    return serializers.decode(body, contentType ?? RAW, contentEncoding ?? 'utf-8', accept)
  } catch (cause) {
    if (cause instanceof UmbelError && !(cause instanceof UnknownCompressionError)) throw cause
    throw new DecodeError(`the body cannot be decoded: ${cause instanceof Error ? cause.message : shown(cause)}`, {
      cause
    })
  }
}

function decompressed(body: Uint8Array, name: unknown, compressions: Compressions): Uint8Array {
  if (name === undefined || name === null || name === '') return body
  if (typeof name !== 'string') throw new DecodeError(`header compression must be text, got ${shown(name)}`)
  return compressions.byName(name).decompress(body)
}

/** Protocol 2, or a hybrid whose body is a map. */
function readHeaded(message: Message, headers: Headers, decode: () => unknown): Parts {
  const hybrid = mayBeHybrid(message, headers) ? decode() : undefined
  if (isMapping(hybrid) && 'args' in hybrid) return readHybrid(headers, hybrid)
  let body: TaskBody | undefined
  return {
    protocol: 2,
    headers: readHeaders(headers, headers),
    decodeBody: () => (body ??= readBody(hybrid ?? decode()))
  }
}

/** Only a body that begins like an object can be a map; where that cannot be seen, the missing id tells. */
function mayBeHybrid({ body, properties }: Message, headers: Headers): boolean {
  const plain = properties?.contentType === 'application/json' && (headers['compression'] ?? '') === ''
  if (!plain || !ArrayBuffer.isView(body)) return headers['id'] === undefined
  let at = 0
  while (SPACES.has(body[at] as number)) at++
  return body[at] === OPENING_BRACE
}

function readHybrid(headers: Headers, map: Readonly<Record<string, unknown>>): Parts {
  const body = readMap(map)
  const fields = withZone({ ...map, ...headers }, map['utc'])
  return { protocol: 1, headers: readHeaders(fields, headers), decodeBody: () => body }
}

function readProtocol1(headers: Headers, map: unknown): Parts {
  if (!isMapping(map) || !('task' in map))
    throw new UnknownMessageError(`no task message: no header task, and the body is ${shown(map)} without a task`)
  const body = readMap(map)
  const own = { argsrepr: argsrepr(body.args), kwargsrepr: kwargsrepr(body.kwargs) }
  const group = 'taskset' in map ? map['taskset'] : map['group']
  const fields = withZone({ ...map, ...own, group }, map['utc'])
  return { protocol: 1, headers: readHeaders(fields, headers), decodeBody: () => body }
}
