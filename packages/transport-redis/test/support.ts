import type { Channel, Connection, Delivery } from '@umbel/transport'

export function message(text: string, options: { headers?: Record<string, unknown>; priority?: number } = {}) {
  const { headers = {}, priority } = options
  const properties = { contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2 } as const
  const body = new TextEncoder().encode(text)
  return { headers, properties: priority === undefined ? properties : { ...properties, priority }, body }
}

export function toQueue(
  queue: string,
  text: string,
  options: { headers?: Record<string, unknown>; priority?: number } = {}
) {
  return { exchange: '', routingKey: queue, message: message(text, options) }
}

export interface Collected {
  readonly deliveries: Delivery[]
  readonly lost: number[]
}

/** Consumes; with `ack` all that comes is acknowledged. */
export async function collect(channel: Channel, queues: readonly string[], { ack = false } = {}): Promise<Collected> {
  const collected: Collected = { deliveries: [], lost: [] }
  const deliver = (batch: readonly Delivery[]): void => {
    collected.deliveries.push(...batch)
    if (ack) void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' })))
  }
  await channel.consume(queues, { deliver, lost: tags => void collected.lost.push(...tags) }, { prefetch: 0 })
  return collected
}

export function texts({ deliveries }: Collected): readonly string[] {
  return deliveries.map(delivery => Buffer.from(delivery.message.body).toString())
}

/** @throws when the condition does not hold within the deadline, seconds */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadline = 10): Promise<void> {
  const end = performance.now() + deadline * 1000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${deadline} s in vain for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export async function closeAll(connections: readonly Connection[]): Promise<void> {
  for (const connection of connections) await connection.close()
}
