import { NOT_FOUND, replyCode } from '../errors.js'
import type { SpareChannel } from '../spare-channel.js'
import { askDeliveryLimit, inspectQueue, type QueueFacts } from './queue-facts.js'

/** Since RabbitMQ 4 quorum queues have one without being asked. */
const DEFAULT_DELIVERY_LIMIT = 20

export interface Inspection {
  /** What the queue throws away without anybody's wish. */
  readonly warnings: readonly string[]
  /** What is rejected there is gone, unless a policy of the server says otherwise. */
  readonly dropsRejects: boolean
}

/** Looks for how a queue that is consumed can lose messages. */
export async function inspectConsumed(spare: SpareChannel, queue: string, major: number): Promise<Inspection> {
  const facts = await inspectQueue(spare, queue)
  if (facts === undefined) return { warnings: [], dropsRejects: false }
  const exchange = facts.arguments['x-dead-letter-exchange']
  const isThere = typeof exchange === 'string' && (exchange === '' || (await exists(spare, exchange)))
  const losses = isThere || isTemporary(facts) ? [] : await lossesOf(spare, queue, { facts, major })
  const astray = typeof exchange === 'string' && !isThere
  const missing = astray
    ? [`queue "${queue}" names the dead-letter exchange "${exchange}", which is not there: what is rejected is lost`]
    : []
  return { warnings: [...missing, ...losses.map(loss => describe(queue, loss))], dropsRejects: !isThere }
}

function isTemporary({ durable, autoDelete }: QueueFacts): boolean {
  return !durable || autoDelete
}

async function lossesOf(
  spare: SpareChannel,
  queue: string,
  { facts, major }: { readonly facts: QueueFacts; readonly major: number }
): Promise<readonly string[]> {
  const { arguments: given, type } = facts
  const losses: string[] = []
  if (given['x-message-ttl'] !== undefined)
    losses.push(`what waits for ${String(given['x-message-ttl'])} ms (x-message-ttl)`)
  const length = given['x-max-length'] ?? given['x-max-length-bytes']
  if (length !== undefined && !String(given['x-overflow'] ?? '').startsWith('reject-publish'))
    losses.push('its oldest messages when it is full (x-max-length)')
  const limit = type === 'quorum' ? await deliveryLimit(spare, queue, { facts, major }) : undefined
  if (limit !== undefined) losses.push(`a message that was delivered ${limit} times (x-delivery-limit)`)
  return losses
}

async function deliveryLimit(
  spare: SpareChannel,
  queue: string,
  { facts, major }: { readonly facts: QueueFacts; readonly major: number }
): Promise<number | undefined> {
  const limit = (await askDeliveryLimit(spare, queue, facts)) ?? (major >= 4 ? DEFAULT_DELIVERY_LIMIT : undefined)
  return limit !== undefined && limit >= 0 ? limit : undefined
}

async function exists(spare: SpareChannel, exchange: string): Promise<boolean> {
  try {
    await spare.run(channel => channel.checkExchange(exchange))
    return true
  } catch (thrown) {
    return replyCode(thrown) !== NOT_FOUND
  }
}

function describe(queue: string, loss: string): string {
  return `queue "${queue}" has no dead-letter exchange and drops ${loss}`
}
