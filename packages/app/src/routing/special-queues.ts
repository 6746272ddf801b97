import { randomUUID } from 'node:crypto'
import type { QueueDefinition, QueueOptions } from './options.js'

export interface BroadcastOptions extends Omit<QueueOptions, 'alias' | 'bindings' | 'exchangeType' | 'routingKey'> {
  /** This worker's queue. @default bcast.<uuid> */
  readonly queue?: string
  /** A uuid is added to `queue`, so that several processes may share one definition. @default false */
  readonly unique?: boolean
  /** @default randomUUID */
  readonly uuid?: () => string
}

/**
 * A queue for `taskQueues` that hands each task to every worker: a fanout exchange of that name and, in each worker, a
 * queue of its own that ends with it. Messages are sent to it by its name. All of them store one result under the same
 * id, so that tasks for it should ignore results. (kombu.common.Broadcast)
 */
export function broadcast(name: string, options: BroadcastOptions = {}): QueueDefinition {
  const { queue, unique = false, uuid = randomUUID, exchange = name, ...rest } = options
  const { name: exchangeName, ...exchangeOptions } = typeof exchange === 'string' ? { name: exchange } : exchange
  return {
    autoDelete: true,
    ...rest,
    name: queue === undefined || unique ? `${queue ?? 'bcast'}.${uuid()}` : queue,
    alias: name,
    exchange: { ...exchangeOptions, name: exchangeName, type: 'fanout' },
    exchangeType: 'fanout'
  }
}

/**
 * The queue of one worker alone, which consumes from it with `workerDirect`: `task.applyAsync([], { queue:
 * workerDirectQueue('umbel@host') })`. (celery.utils.nodenames.worker_direct)
 */
export function workerDirectQueue(hostname: string): QueueDefinition {
  return { name: `${hostname}.dq2`, exchange: 'C.dq2', exchangeType: 'direct', routingKey: hostname }
}
