import type { Headers } from '@umbel/protocol'

/** When a message is due, milliseconds since the epoch: the exchanges count whole seconds, the consumer waits for the rest. */
export const NOT_BEFORE = 'umbel_not_before'

/** The exchange that delayed messages leave the exchanges of Celery's native delayed delivery through. */
export const DELIVERY_EXCHANGE = 'celery_delayed_delivery'

/** What RabbitMQ writes into what it dead-letters: a message that goes round again with it is dropped as a cycle. */
const DEATH = /^x-(death$|(first|last)-death-)/

interface Address {
  readonly exchange: string
  readonly routingKey: string
}

/** Takes the traces of the delay off a message, whose exchange is now the last that it waited in; `due` is 0 when it had none. */
export function readDelay(
  headers: Record<string | symbol, unknown>,
  { exchange, routingKey }: Address
): Address & { readonly headers: Headers; readonly due: number } {
  const due = headers[NOT_BEFORE]
  if (typeof due !== 'number') return { headers, due: 0, exchange, routingKey }
  const kept = Object.fromEntries(Object.entries(withoutDeaths(headers)).filter(([name]) => name !== NOT_BEFORE))
  const queue = exchange.startsWith('celery_delayed_') ? /^(?:[01]\.){28}(.*)$/s.exec(routingKey)?.[1] : undefined
  return {
    headers: kept,
    due,
    ...(queue === undefined ? { exchange, routingKey } : { exchange: '', routingKey: queue })
  }
}

export function withoutDeaths(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DEATH.test(name)))
}
