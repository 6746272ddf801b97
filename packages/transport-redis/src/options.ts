import { ConnectionError } from '@umbel/transport'
import type { QueueOrder } from '@umbel/transport/virtual'
import { SEPARATOR } from './keys.js'

/** Celery's broker_transport_options, compiled. Times in seconds. */
export interface RedisSettings {
  readonly globalKeyprefix: string
  readonly sep: string
  readonly prioritySteps: readonly number[]
  readonly queueOrderStrategy: QueueOrder
  readonly deadletterQueue: string | undefined
  /** After which a message that a Python worker holds goes back. */
  readonly visibilityTimeout: number
  /** Seconds after which the lock of who looks for these ends by itself. */
  readonly unackedMutexExpire: number
  /** Seconds between looks for these, of which every `unackedRestoreThrottle`-th is made. */
  readonly unackedRestoreInterval: number
  readonly unackedRestoreThrottle: number
  /** Most at a look. */
  readonly unackedRestoreLimit: number | undefined
  /** '/{db}.' by default; `false` is none. */
  readonly fanoutPrefix: string
  readonly fanoutPatterns: boolean
  readonly bodyEncoding: 'base64' | 'utf-8'
  readonly socketConnectTimeout: number | undefined
  /** How long one command may take. */
  readonly socketTimeout: number | undefined
  readonly socketKeepalive: boolean
  readonly clientName: string | undefined
  readonly masterName: string | undefined
  readonly sentinelKwargs: Readonly<Record<string, unknown>>
}

interface Rule {
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  readonly read?: (value: never) => unknown
}

const text: Rule = { expected: 'a string', accepts: value => typeof value === 'string' }
const seconds: Rule = {
  expected: 'seconds, more than 0',
  accepts: value => typeof value === 'number' && value > 0 && Number.isFinite(value)
}
const flag: Rule = { expected: 'true or false', accepts: value => typeof value === 'boolean' }
const record: Rule = {
  expected: 'an object',
  accepts: value => typeof value === 'object' && value !== null && !Array.isArray(value)
}
const granted = (value: unknown, why: string): Rule => ({
  expected: `${JSON.stringify(value)}, as ${why}`,
  accepts: given => given === value
})
/** Of pools and loops that this driver does not have. */
const ignored: Rule = { expected: 'anything', accepts: () => true }

const RULES: Readonly<Record<string, Rule>> = {
  globalKeyprefix: text,
  sep: { expected: 'a string of one character at least', accepts: value => typeof value === 'string' && value !== '' },
  prioritySteps: {
    expected: 'ascending whole numbers from 0 to 9, the first 0',
    accepts: isSteps
  },
  queueOrderStrategy: {
    expected: 'round_robin, priority or sorted',
    accepts: value => ['round_robin', 'priority', 'sorted'].includes(value as string)
  },
  deadletterQueue: text,
  visibilityTimeout: seconds,
  fanoutPrefix: {
    expected: 'true, false or a string',
    accepts: value => ['boolean', 'string'].includes(typeof value),
    read: (value: string | boolean) => (value === true ? '/{db}.' : value === false ? '' : value)
  },
  fanoutPatterns: flag,
  bodyEncoding: { expected: 'base64 or utf-8', accepts: value => value === 'base64' || value === 'utf-8' },
  socketConnectTimeout: seconds,
  socketTimeout: seconds,
  socketKeepalive: flag,
  clientName: text,
  masterName: text,
  sentinelKwargs: record,
  ackEmulation: granted(true, 'nothing may be lost'),
  confirmPublish: granted(true, 'Redis answers every message'),
  unackedKey: granted('unacked', 'a fleet shares it'),
  unackedIndexKey: granted('unacked_index', 'a fleet shares it'),
  unackedMutexKey: granted('unacked_mutex', 'a fleet shares it'),
  unackedMutexExpire: seconds,
  unackedRestoreLimit: {
    expected: 'a whole number, more than 0, or null',
    accepts: value => value === null || (Number.isInteger(value) && Number(value) > 0),
    read: (value: number | null) => value ?? undefined
  },
  unackedRestoreInterval: seconds,
  unackedRestoreThrottle: {
    expected: 'a whole number',
    accepts: value => Number.isInteger(value) && Number(value) >= 0,
    read: (value: number) => Math.max(1, value)
  },
  maxConnections: ignored,
  maxRetries: ignored,
  intervalStart: ignored,
  intervalStep: ignored,
  intervalMax: ignored,
  retryOnTimeout: ignored,
  healthCheckInterval: ignored,
  pollingInterval: ignored,
  minOtherSentinels: ignored,
  socketKeepaliveOptions: ignored
}

const DEFAULTS: RedisSettings = {
  globalKeyprefix: '',
  sep: SEPARATOR,
  prioritySteps: [0, 3, 6, 9],
  queueOrderStrategy: 'round_robin',
  deadletterQueue: undefined,
  visibilityTimeout: 3600,
  unackedMutexExpire: 300,
  unackedRestoreInterval: 10,
  unackedRestoreThrottle: 10,
  unackedRestoreLimit: undefined,
  fanoutPrefix: '/{db}.',
  fanoutPatterns: true,
  bodyEncoding: 'base64',
  socketConnectTimeout: undefined,
  socketTimeout: undefined,
  socketKeepalive: true,
  clientName: undefined,
  masterName: undefined,
  sentinelKwargs: {}
}

/** In camelCase or snake_case. @throws ConnectionError naming the option, what was expected and what came */
export function compileSettings(options: Readonly<Record<string, unknown>> = {}): RedisSettings {
  const settings: Record<string, unknown> = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue
    const known = name === 'deadletter_queue' || name === 'deadLetterQueue' ? 'deadletterQueue' : toCamelCase(name)
    const rule = RULES[known]
    if (rule === undefined)
      throw new ConnectionError(
        `transport option '${name}' is not known to Redis; known: ${Object.keys(RULES).join(', ')}`
      )
    if (!rule.accepts(value))
      throw new ConnectionError(`transport option '${name}': expected ${rule.expected}, got ${JSON.stringify(value)}`)
    if (known in DEFAULTS) settings[known] = rule.read === undefined ? value : rule.read(value as never)
  }
  return settings as unknown as RedisSettings
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

function isSteps(value: unknown): boolean {
  if (!Array.isArray(value) || value[0] !== 0) return false
  return value.every((step, index) => Number.isInteger(step) && step <= 9 && (index === 0 || step > value[index - 1]))
}
