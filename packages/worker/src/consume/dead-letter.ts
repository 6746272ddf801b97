import type { Message } from '@umbel/protocol'
import type { Delivery, Outgoing } from '@umbel/transport'

/** Where messages of a queue go that nobody can run. */
export function deadQueue(queue: string): string {
  return `umbel.dead.${queue}`
}

/** The message as it came, with the reason among its headers. */
export function deadLetter({ message, queue, exchange, routingKey }: Delivery, reason: string, now: number): Outgoing {
  const headers = {
    ...message.headers,
    'umbel-dead-reason': reason,
    'umbel-dead-queue': queue,
    'umbel-dead-exchange': exchange,
    'umbel-dead-routing-key': routingKey,
    'umbel-dead-at': new Date(now).toISOString()
  }
  const dead: Message = { headers, properties: withoutExpiration(message.properties), body: message.body }
  return { exchange: '', routingKey: deadQueue(queue), message: dead }
}

/** A dead letter waits for a person, however long that takes. */
function withoutExpiration({ expiration: _expiration, ...rest }: Message['properties']): Message['properties'] {
  return rest
}
