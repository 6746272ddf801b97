import { DELIVERY_EXCHANGE } from './header.js'

/** (broker_native_delayed_delivery_queue_type) */
export type DelayedQueueType = 'quorum' | 'classic'

/** Bits of a delay in seconds. (kombu.transport.native_delayed_delivery) */
export const LEVELS = 28

/** About 8.5 years; what is longer waits for the rest in its consumer. */
export const LONGEST_DELAY = 2 ** LEVELS - 1

export function levelName(level: number): string {
  return level < 0 ? DELIVERY_EXCHANGE : `celery_delayed_${level}`
}

/** Routing key of a message that is to wait so many whole seconds. */
export function delayedKey(seconds: number, key: string): string {
  const bits = Math.min(seconds, LONGEST_DELAY).toString(2).padStart(LEVELS, '0')
  return `${bits.split('').join('.')}.${key}`
}

/** What binds a queue so that it gets its own delayed messages and nobody else's: Celery's `#.name` also takes `a.name`. */
export function delayedPattern(key: string): string {
  return `${'*.'.repeat(LEVELS)}${key}`
}

/** Which messages of a level wait there (`1`) or go on (`0`). */
export function levelPattern(level: number, bit: 0 | 1): string {
  return `${'*.'.repeat(LEVELS - 1 - level)}${bit}.#`
}

export function levelArguments(level: number, type: DelayedQueueType): Record<string, unknown> {
  return {
    'x-queue-type': type,
    'x-overflow': 'reject-publish',
    'x-message-ttl': 2 ** level * 1000,
    'x-dead-letter-exchange': levelName(level - 1),
    ...(type === 'quorum' ? { 'x-dead-letter-strategy': 'at-least-once' } : {})
  }
}
