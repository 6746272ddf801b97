import type { Channel, Delivery, Outgoing } from '@umbel/transport'

export const url = process.env['UMBEL_TEST_RABBITMQ'] ?? ''

/** As amqplib reads it. */
export const wireUrl = url.replace(/\/\/$/, '/%2F')

const properties = { contentType: 'text/plain', contentEncoding: 'utf-8', deliveryMode: 2 } as const

export function toQueue(routingKey: string, body = 'x'): Outgoing {
  return { exchange: '', routingKey, message: { headers: {}, properties, body: Buffer.from(body) } }
}

/** Waits for the first delivery that `cause` brings, and acknowledges it. */
export async function received(channel: Channel, queue: string, cause: () => Promise<void>): Promise<Delivery> {
  let tell: (delivery: Delivery) => void = () => {}
  const first = new Promise<Delivery>(resolve => {
    tell = resolve
  })
  const sink = { deliver: ([delivery]: readonly Delivery[]) => delivery && tell(delivery), lost: () => {} }
  const subscription = await channel.consume([queue], sink, { prefetch: 1 })
  await cause()
  const delivery = await first
  await channel.settle([{ tag: delivery.tag, kind: 'ack' }])
  await subscription.cancel()
  return delivery
}
