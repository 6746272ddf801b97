import { decodeJson, encodeJson } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { PublishError } from '@umbel/transport'
import { type BodyEncoding, encodeEnvelope, type StoredMessage } from '@umbel/transport/virtual'

/** The JSON that goes into a list, or why it cannot be written. */
export function toEnvelope(stored: StoredMessage, bodyEncoding: BodyEncoding): string | PublishError {
  try {
    const text = encodeEnvelope(stored, bodyEncoding)
    return stored.repeated === true ? markRedelivered(text) : text
  } catch (thrown) {
    const cause = toError(thrown)
    return new PublishError(`message ${stored.id} for queue "${stored.queue}": ${cause.message}`, { cause })
  }
}

type Fields = Record<string, unknown>

/** As kombu marks what it restores. What cannot be read stays as it is. */
export function markRedelivered(text: string): string {
  try {
    return encodeJson(withMark(decodeJson(text) as Fields))
  } catch {
    return text
  }
}

/** A value of kombu's `unacked`: the envelope, its exchange and its routing key. undefined: it cannot be read. */
export function readUnacked(
  value: string
):
  | { readonly text: string; readonly exchange: string; readonly routingKey: string; readonly priority: unknown }
  | undefined {
  try {
    const [envelope, exchange, routingKey] = decodeJson(value) as [Fields, unknown, unknown]
    const { priority } = envelope['properties'] as Fields
    return {
      text: encodeJson(withMark(envelope)),
      exchange: String(exchange),
      routingKey: String(routingKey),
      priority
    }
  } catch {
    return undefined
  }
}

function withMark(envelope: Fields): Fields {
  const properties = envelope['properties'] as Fields
  const info = properties['delivery_info'] as Fields
  return {
    ...envelope,
    headers: { ...(envelope['headers'] as Fields | null), redelivered: true },
    properties: { ...properties, delivery_info: { ...info, redelivered: true } }
  }
}
