import { decodeJson, encodeJson, type Message, type MessageProperties } from '@umbel/protocol'
import { textFlaw, toError } from '@umbel/runtime'
import type { SqlRow, SqlValue } from '@umbel/sql'
import { PublishError } from '@umbel/transport'
import type { StoredMessage, TakenMessage } from '@umbel/transport/virtual'
import { mark } from './schema.js'

/** What of a message goes into its row. */
export interface Envelope {
  readonly id: string
  readonly queue: string
  readonly priority: number
  readonly notBefore: number | undefined
  readonly repeated: boolean
  /** How long it is worth something once it is ready, milliseconds. */
  readonly lifetime: number | undefined
  /** exchange, routing_key, headers, properties, body */
  readonly content: readonly SqlValue[]
}

/** An error when the message cannot be written down. */
export function toEnvelope(stored: StoredMessage): Envelope | Error {
  const { message } = stored
  const flaw = [stored.queue, stored.id, stored.exchange, stored.routingKey]
    .map(textFlaw)
    .find(each => each !== undefined)
  if (flaw !== undefined) return new PublishError(`a message that the database would not keep as it is: ${flaw}`)
  try {
    const headers = encodeJson(message.headers, { path: 'headers' })
    const properties = encodeJson(message.properties, { path: 'properties' })
    return {
      id: stored.id,
      queue: stored.queue,
      priority: clampPriority(message.properties.priority),
      notBefore: stored.notBefore === undefined ? undefined : Math.ceil(stored.notBefore),
      repeated: stored.repeated === true,
      lifetime: toLifetime(message),
      content: [stored.exchange, stored.routingKey, headers, properties, message.body]
    }
  } catch (thrown) {
    const cause = toError(thrown)
    return new PublishError(`message ${stored.id} for queue "${stored.queue}": ${cause.message}`, { cause })
  }
}

/** Columns that `fromRow` reads. */
export const ENVELOPE_COLUMNS =
  'id, queue, priority, ready_at, seq, redelivered, exchange, routing_key, headers, properties, body'

export function fromRow(row: SqlRow): TakenMessage {
  const body = row['body'] as Uint8Array
  const { message, problem } = readMessage(row, body)
  return {
    id: String(row['id']),
    queue: String(row['queue']),
    exchange: String(row['exchange']),
    routingKey: String(row['routing_key']),
    redelivered: (Number(row['redelivered']) & mark.redelivered) !== 0,
    started: (Number(row['redelivered']) & mark.started) !== 0,
    message,
    ...(problem === undefined ? {} : { problem })
  }
}

function readMessage(row: SqlRow, body: Uint8Array): { readonly message: Message; readonly problem?: string } {
  try {
    const headers = asObject(row['headers'])
    const properties = asObject(row['properties']) as unknown as MessageProperties
    return { message: { headers, properties, body } }
  } catch (thrown) {
    const properties = { contentType: 'application/octet-stream', contentEncoding: 'binary' }
    return { message: { headers: {}, properties, body }, problem: toError(thrown).message }
  }
}

function asObject(text: SqlValue | undefined): Readonly<Record<string, unknown>> {
  const value = decodeJson(String(text))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PublishError(`expected a JSON object, got ${String(text).slice(0, 60)}`)
  return value as Readonly<Record<string, unknown>>
}

const HIGHEST_PRIORITY = 9

/** 0..9; a number beyond is the nearest, what is no number is 0. */
function clampPriority(priority: unknown): number {
  if (typeof priority !== 'number' || Number.isNaN(priority)) return 0
  return Math.max(0, Math.min(HIGHEST_PRIORITY, Math.trunc(priority)))
}

/** A task that says when it expires is kept: a worker must find it, to say that it was revoked. */
function toLifetime({ headers, properties: { expiration } }: Message): number | undefined {
  if (typeof headers['expires'] === 'string') return undefined
  const lifetime = Number(expiration)
  return expiration === undefined || Number.isNaN(lifetime) ? undefined : Math.ceil(lifetime)
}
