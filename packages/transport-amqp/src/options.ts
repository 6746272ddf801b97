import { ConnectionError } from '@umbel/transport'
import type { DelayedQueueType } from './delay/levels.js'

export interface AmqpSettings {
  readonly delayedQueueType: DelayedQueueType
  /** What the server's consumer_timeout is set to, seconds; 0: none. It cannot be asked. Default: by the server's version. */
  readonly consumerTimeout?: number
  /** Shown beside our own in the server's list of connections. */
  readonly clientProperties?: Readonly<Record<string, unknown>>
}

interface Known {
  readonly target: keyof AmqpSettings | undefined
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

const delayedQueueType: Known = {
  target: 'delayedQueueType',
  expected: "'quorum' or 'classic'",
  accepts: value => value === 'quorum' || value === 'classic'
}
const consumerTimeout: Known = {
  target: 'consumerTimeout',
  expected: 'seconds, 0 for none',
  accepts: value => typeof value === 'number' && value >= 0
}
const clientProperties: Known = {
  target: 'clientProperties',
  expected: 'an object of names and values',
  accepts: value => typeof value === 'object' && value !== null && !Array.isArray(value)
}
/** Every message is confirmed: it cannot be had without. */
const confirmPublish: Known = {
  target: undefined,
  expected: 'true, as every message is confirmed',
  accepts: value => value === true
}

const KNOWN: Readonly<Record<string, Known>> = {
  delayedQueueType,
  delayed_queue_type: delayedQueueType,
  consumerTimeout,
  consumer_timeout: consumerTimeout,
  clientProperties,
  client_properties: clientProperties,
  confirmPublish,
  confirm_publish: confirmPublish
}

/** Celery's broker_transport_options for this transport. @throws ConnectionError for others */
export function compileTransportOptions(options: Readonly<Record<string, unknown>>): AmqpSettings {
  const settings: Record<string, unknown> = { delayedQueueType: 'quorum' }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const known = KNOWN[name]
    if (known === undefined)
      throw new ConnectionError(
        `transport option '${name}' is not known to RabbitMQ; known: ${Object.keys(KNOWN).join(', ')}`
      )
    if (!known.accepts(value))
      throw new ConnectionError(`transport option '${name}': expected ${known.expected}, got ${JSON.stringify(value)}`)
    if (known.target !== undefined) settings[known.target] = value
  }
  return settings as unknown as AmqpSettings
}
