import type { Message, MessageProperties } from '@umbel/protocol'
import type { Delivery, Outgoing } from '@umbel/transport'
import type { ConsumeMessage, Options } from 'amqplib'
import { readDelay } from './delay/header.js'
import { UNREADABLE } from './tables/frames.js'
import { writeTable } from './tables/write.js'

/** AMQP's properties that ours has no name for, as kombu calls them. */
const EXTRA = [
  ['timestamp', 'timestamp'],
  ['type', 'type'],
  ['userId', 'user_id'],
  ['appId', 'app_id']
] as const

const OURS = 'umbel:'

/** Milliseconds. RabbitMQ ends the channel for more, and its neighbours' confirms with it. */
const LONGEST_EXPIRATION = 2 ** 32 - 1

/** Names one sending, so that a returned message finds it: the order of confirms says nothing of returns. */
export function sendingId(number: number): string {
  return `${OURS}${number}`
}

/** @throws PublishError for headers that AMQP cannot carry */
export function writeOptions({ message, repeated }: Outgoing, id: string): Options.Publish {
  const { properties, headers } = message
  const marked = repeated === true ? { ...headers, redelivered: true } : headers
  const options: Record<string, unknown> = { mandatory: true, messageId: id, headers: writeTable(marked) }
  for (const name of NAMES) if (properties[name] !== undefined) options[name] = properties[name]
  if (Number(properties.expiration) > LONGEST_EXPIRATION) delete options['expiration']
  for (const [ours, theirs] of EXTRA)
    if (properties.extra?.[theirs] !== undefined) options[ours] = properties.extra[theirs]
  return options
}

const NAMES = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'deliveryMode',
  'priority',
  'expiration'
] as const satisfies readonly (keyof MessageProperties)[]

/** What arrived, and when it is due where the broker could not wait to the end. */
export function readDelivery(arrived: ConsumeMessage, queue: string, tag: number): Delivery & { readonly due: number } {
  const raw = (arrived.properties.headers ?? {}) as Record<string | symbol, unknown>
  const { headers, due, exchange, routingKey } = readDelay(raw, arrived.fields)
  const problem = raw[UNREADABLE]
  const message: Message = { headers, properties: readProperties(arrived), body: arrived.content }
  return {
    tag,
    queue,
    exchange,
    routingKey,
    redelivered: arrived.fields.redelivered || headers['redelivered'] === true,
    message,
    ...(typeof problem === 'string' ? { problem } : {}),
    due
  }
}

function readProperties({ properties: wire }: ConsumeMessage): MessageProperties {
  const given = wire as unknown as Record<string, unknown>
  const properties: Record<string, unknown> = { contentType: 'application/data', contentEncoding: 'utf-8' }
  for (const name of NAMES) if (given[name] !== undefined) properties[name] = given[name]
  const extra: Record<string, unknown> = {}
  for (const [ours, theirs] of EXTRA) if (given[ours] !== undefined) extra[theirs] = given[ours]
  const { messageId } = given
  if (typeof messageId === 'string' && !messageId.startsWith(OURS)) extra['message_id'] = messageId
  if (Object.keys(extra).length > 0) properties['extra'] = extra
  return properties as unknown as MessageProperties
}
