import type { DatabaseOptions } from '@umbel/sql'
import { ConnectionError } from '@umbel/transport'
import type { QueueOrder, VirtualOptions } from '@umbel/transport/virtual'

export interface SqlTransportSettings {
  readonly databaseOptions: DatabaseOptions
  readonly virtualOptions: Pick<VirtualOptions, 'deadLetterQueue' | 'queueOrder'>
}

type Options = Readonly<Record<string, unknown>>

const ORDERS: readonly unknown[] = ['round_robin', 'priority', 'sorted']

/** Celery's broker_transport_options for this transport, in camelCase or snake_case. @throws ConnectionError for others */
export function compileTransportOptions(options: Options): SqlTransportSettings {
  const settings = { databaseOptions: {}, virtualOptions: {}, granted: {} }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) Object.assign(settings[KNOWN[name]?.part ?? refuse(name)], read(name, value))
  }
  return settings
}

interface Known {
  readonly part: 'databaseOptions' | 'virtualOptions' | 'granted'
  readonly target: keyof DatabaseOptions | keyof VirtualOptions | 'confirmPublish'
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

const synchronous: Known = {
  part: 'databaseOptions',
  target: 'synchronous',
  expected: "'normal' or 'full'",
  accepts: value => value === 'normal' || value === 'full'
}
const busyTimeout: Known = {
  part: 'databaseOptions',
  target: 'busyTimeout',
  expected: 'seconds',
  accepts: value => typeof value === 'number' && value >= 0
}
const poolSize: Known = {
  part: 'databaseOptions',
  target: 'poolSize',
  expected: 'a whole number of connections, 2 at least',
  accepts: value => Number.isInteger(value) && (value as number) >= 2
}
const deadLetterQueue: Known = {
  part: 'virtualOptions',
  target: 'deadLetterQueue',
  expected: 'the name of a queue',
  accepts: value => typeof value === 'string' && value !== ''
}
const queueOrder: Known = {
  part: 'virtualOptions',
  target: 'queueOrder',
  expected: (ORDERS as readonly QueueOrder[]).join(', '),
  accepts: value => ORDERS.includes(value)
}

/** A message is confirmed by the commit: it cannot be had without. */
const confirmPublish: Known = {
  part: 'granted',
  target: 'confirmPublish',
  expected: 'true, as a database confirms every message',
  accepts: value => value === true
}

const KNOWN: Readonly<Record<string, Known>> = {
  synchronous,
  busyTimeout,
  busy_timeout: busyTimeout,
  poolSize,
  pool_size: poolSize,
  deadLetterQueue,
  deadletter_queue: deadLetterQueue,
  confirmPublish,
  confirm_publish: confirmPublish,
  queueOrderStrategy: queueOrder,
  queue_order_strategy: queueOrder
}

function read(name: string, value: unknown): Options {
  const { target, expected, accepts } = KNOWN[name] ?? refuse(name)
  if (!accepts(value))
    throw new ConnectionError(`transport option '${name}': expected ${expected}, got ${JSON.stringify(value)}`)
  return { [target]: value }
}

function refuse(name: string): never {
  throw new ConnectionError(
    `transport option '${name}' is not known to SQL databases; known: ${Object.keys(KNOWN).join(', ')}`
  )
}
