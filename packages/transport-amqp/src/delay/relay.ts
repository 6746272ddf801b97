import { createHash } from 'node:crypto'
import type { DelayedQueueType } from './levels.js'

/** Where a delayed message is to go when it is due. */
export interface Target {
  readonly exchange: string
  readonly routingKey: string
}

/**
 * The queue that receives delayed messages for a target. What leaves the levels has their bits before its routing key,
 * which no direct exchange knows: messages for a named exchange go through a queue that hands them on at once under
 * their own key, and is named after its target, as only one fits.
 */
export function receiverOf({ exchange, routingKey }: Target): string {
  if (exchange === '') return routingKey
  const digest = createHash('sha256').update(`${exchange}\0${routingKey}`).digest('hex').slice(0, 16)
  return `umbel.relay.${exchange.slice(0, 40)}.${digest}`
}

export function relayArguments({ exchange, routingKey }: Target, type: DelayedQueueType): Record<string, unknown> {
  return {
    'x-queue-type': type,
    'x-overflow': 'reject-publish',
    'x-message-ttl': 0,
    'x-dead-letter-exchange': exchange,
    'x-dead-letter-routing-key': routingKey,
    ...(type === 'quorum' ? { 'x-dead-letter-strategy': 'at-least-once' } : {})
  }
}
