import { isUtf8 } from 'node:buffer'
import { decodeJson, encodeJson, type Message, type MessageProperties } from '@umbel/protocol'
import { describe } from '@umbel/runtime'
import type { StoredMessage, TakenMessage } from './store.js'

export type BodyEncoding = 'base64' | 'utf-8'

/** A message as kombu's virtual transports keep it, read back; what its store knows itself (`queue`) is missing. */
export type OpenedEnvelope = Omit<TakenMessage, 'queue' | 'notBefore'>

/** Property by property: ours, kombu's. */
const NAMES = [
  ['correlationId', 'correlation_id'],
  ['replyTo', 'reply_to'],
  ['expiration', 'expiration'],
  ['deliveryMode', 'delivery_mode'],
  ['priority', 'priority']
] as const satisfies readonly (readonly [keyof MessageProperties, string])[]

/** By kombu's name; '' is not a property, but the envelope's own. */
const PROPERTIES: ReadonlyMap<string, keyof MessageProperties | ''> = new Map([
  ...NAMES.map(([ours, theirs]) => [theirs, ours] as const),
  ...['body_encoding', 'delivery_tag', 'delivery_info'].map(name => [name, ''] as const)
])

/**
 * The JSON that kombu stores for a message, its keys in kombu's order. (wire-protocol 2.4, 3.2)
 * @param bodyEncoding `utf-8` writes a body that is text as it is; what is not text is base64 anyway
 * @throws EncodeError naming the header or property that JSON cannot carry
 */
export function encodeEnvelope(stored: Omit<StoredMessage, 'queue'>, bodyEncoding: BodyEncoding = 'base64'): string {
  const { message } = stored
  const verbatim = bodyEncoding === 'utf-8' && isUtf8(message.body)
  const { contentType, contentEncoding } = message.properties
  const rest = encodeJson({
    'content-encoding': contentEncoding,
    'content-type': contentType,
    headers: message.headers,
    properties: writeProperties(stored, verbatim)
  })
  // The longest part needs no look at its letters.
  const body = verbatim
    ? encodeJson(bytesOf(message.body).toString('utf8'))
    : `"${bytesOf(message.body).toString('base64')}"`
  return `{"body": ${body}, ${rest.slice(1)}`
}

function writeProperties(
  { id, exchange, routingKey, message }: Omit<StoredMessage, 'queue'>,
  verbatim: boolean
): object {
  const given = message.properties
  const properties: Record<string, unknown> = { ...given.extra }
  for (const [ours, theirs] of NAMES)
    if (ours !== 'priority' && given[ours] !== undefined) properties[theirs] = given[ours]
  properties['delivery_info'] = { exchange, routing_key: routingKey }
  if (given.priority !== undefined) properties['priority'] = given.priority
  properties['body_encoding'] = verbatim ? 'utf-8' : 'base64'
  properties['delivery_tag'] = id
  return properties
}

/** Without a copy. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Never throws: what cannot be read keeps its bytes as body, and says why in `problem`. */
export function decodeEnvelope(text: string): OpenedEnvelope {
  try {
    return open(asRecord(decodeJson(text), 'the envelope'))
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : describe(thrown)
    return { id: '', exchange: '', routingKey: '', redelivered: false, message: rawMessage(text), problem }
  }
}

function open(envelope: Record<string, unknown>): OpenedEnvelope {
  const wire = asRecord(envelope['properties'], 'properties')
  const info = asRecord(wire['delivery_info'], 'properties.delivery_info')
  const headers = envelope['headers'] === null ? {} : asRecord(envelope['headers'] ?? {}, 'headers')
  const message: Message = {
    headers,
    properties: readProperties(envelope, wire),
    body: readBody(envelope['body'], wire['body_encoding'])
  }
  return {
    id: asText(wire['delivery_tag'], 'properties.delivery_tag'),
    exchange: asText(info['exchange'], 'properties.delivery_info.exchange'),
    routingKey: asText(info['routing_key'], 'properties.delivery_info.routing_key'),
    redelivered: headers['redelivered'] === true || info['redelivered'] === true,
    message
  }
}

/** Read once for each message that is taken: it must be cheap. */
function readProperties(envelope: Record<string, unknown>, wire: Record<string, unknown>): MessageProperties {
  const properties: Record<string, unknown> = {
    contentType: textOr(envelope['content-type'], 'application/data'),
    contentEncoding: textOr(envelope['content-encoding'], 'utf-8')
  }
  const extra: [string, unknown][] = []
  for (const name of Object.keys(wire)) {
    const ours = PROPERTIES.get(name)
    if (ours === undefined) extra.push([name, wire[name]])
    else if (ours !== '' && wire[name] !== undefined && wire[name] !== null) properties[ours] = wire[name]
  }
  if (extra.length > 0) properties['extra'] = Object.fromEntries(extra)
  return properties as unknown as MessageProperties
}

/** Base64 unless the property is missing or says utf-8. */
function readBody(body: unknown, encoding: unknown): Uint8Array {
  const verbatim = textOr(encoding, 'utf-8').toLowerCase() === 'utf-8'
  return Buffer.from(asText(body ?? '', 'body'), verbatim ? 'utf8' : 'base64')
}

function rawMessage(text: string): Message {
  const properties = { contentType: 'application/data', contentEncoding: 'binary' }
  return { headers: {}, properties, body: new TextEncoder().encode(text) }
}

function asRecord(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`${path} must be an object, got ${value === null ? 'null' : typeof value}`)
}

function asText(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`${path} must be a string, got ${value === null ? 'null' : typeof value}`)
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback
}
