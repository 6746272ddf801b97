import type { Queue, Topology } from '@umbel/transport'
import { attempt } from '../errors.js'
import type { SpareChannel } from '../spare-channel.js'
import type { DelayExchanges } from './exchanges.js'
import { DELIVERY_EXCHANGE } from './header.js'
import { delayedPattern } from './levels.js'

export interface CeleryDelayParts {
  readonly spare: SpareChannel
  readonly delays: DelayExchanges
}

/**
 * What Celery's workers set up for what they consume, and its producers rely on: where there is a quorum queue, a task
 * with a countdown is sent into the levels, and comes out for an exchange that is not direct.
 * (celery.worker.consumer.delayed_delivery) Celery's own `#.key` would also take another queue's `a.key`.
 */
export async function prepareForCelery({ spare, delays }: CeleryDelayParts, topology: Topology): Promise<void> {
  const { exchanges = [], queues = [], bindings = [] } = topology
  if (!queues.some(isQuorum)) return
  await delays.declare()
  const kept = new Set(queues.filter(isLasting).map(({ name }) => name))
  const indirect = new Set(exchanges.filter(({ type = 'direct' }) => type !== 'direct').map(({ name }) => name))
  for (const { exchange, queue, routingKey = '' } of bindings) {
    const pattern = delayedPattern(routingKey)
    if (!indirect.has(exchange) || !kept.has(queue) || Buffer.byteLength(pattern) > 255) continue
    await attempt(`delayed messages of exchange "${exchange}"`, () =>
      spare.run(async channel => {
        await channel.bindExchange(exchange, DELIVERY_EXCHANGE, pattern)
        await channel.bindQueue(queue, exchange, pattern)
      })
    )
  }
}

/** A queue that may be there when its delayed messages are due. */
export function isLasting({ durable = true, autoDelete = false, exclusive = false, arguments: given }: Queue): boolean {
  return durable && !autoDelete && !exclusive && given?.['x-expires'] === undefined
}

export function isQuorum(queue: Queue): boolean {
  return queue.arguments?.['x-queue-type'] === 'quorum'
}
