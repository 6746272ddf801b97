import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '@umbel/runtime'
import type { QueueOrder } from './queue-cycle.js'

export interface VirtualOptions {
  /** The URL without its password. */
  readonly url: string
  /** Default the system's. */
  readonly clock?: Clock | undefined
  /** Queue for what no binding wants; default none: such a message is answered with UnroutableError. (deadletter_queue) */
  readonly deadLetterQueue?: string | undefined
  /** Which queue of a subscription is asked first. Default round_robin. (queue_order_strategy) */
  readonly queueOrder?: QueueOrder | undefined
  /** Makes the id of a message. Default a random UUID. */
  readonly newId?: (() => string) | undefined
  /** A number in [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined
  /** Most that `close()` waits for the store, seconds. Default 10. */
  readonly closeTimeout?: number | undefined
}

export interface VirtualSettings {
  readonly url: string
  readonly clock: Clock
  readonly deadLetterQueue: string | undefined
  readonly queueOrder: QueueOrder
  readonly newId: () => string
  readonly random: () => number
  readonly closeTimeout: number
}

export function compileVirtualOptions(options: VirtualOptions): VirtualSettings {
  return {
    url: options.url,
    clock: options.clock ?? systemClock,
    deadLetterQueue: options.deadLetterQueue,
    queueOrder: options.queueOrder ?? 'round_robin',
    newId: options.newId ?? randomUUID,
    random: options.random ?? Math.random,
    closeTimeout: options.closeTimeout ?? 10
  }
}
