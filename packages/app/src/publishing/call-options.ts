import { checkOptions, OPTION_NAMES, type OptionRule, type SignatureOptionsInput, toWireOptions } from '@umbel/canvas'
import { isMapping, type Kwargs, type SignatureOptions } from '@umbel/protocol'
import type { Topology } from '@umbel/transport'
import type { PublishRetryPolicy } from '../gateway/publish-retries.js'
import type { QueueDefinition, TaskRoutes } from '../routing/index.js'

type Clearable<T> = { readonly [Key in keyof T]?: T[Key] | null }

/** Options of one call: Celery's `apply_async` keywords in camelCase. null takes away what the task's own options say. */
export interface CallOptions extends Clearable<Omit<SignatureOptionsInput, 'queue'>> {
  readonly kwargs?: Kwargs | undefined
  /** By name, or as a definition. */
  readonly queue?: string | QueueDefinition | null | undefined
  readonly exchangeType?: string | null | undefined
  /** What to declare beside the queue, before the message is published. */
  readonly declare?: Topology | readonly Topology[] | undefined
  /** Routes for this call instead of `taskRoutes`. */
  readonly router?: TaskRoutes | undefined
  /** The name that routes are asked for. @default the task's */
  readonly routeName?: string | undefined
  /** Publish again when the broker does not take the message. @default taskPublishRetry */
  readonly retry?: boolean | undefined
  /** @default taskPublishRetryPolicy */
  readonly retryPolicy?: Partial<PublishRetryPolicy> | undefined
  /** false: a message that no queue wants is dropped without an error. @default true */
  readonly mandatory?: boolean | undefined
  /** Seconds in which the broker must confirm; then PublishTimeoutError, the outcome being unknown. @default 10 */
  readonly confirmTimeout?: number | undefined
  /**
   * The client of a transaction that you began on the broker's own PostgreSQL database: the task is sent when it commits,
   * and never was when it rolls back. Whatever has `query(text, values)`: `pg`'s Client, a TypeORM QueryRunner. Not
   * repeated on failure. @throws TransactionError where the broker is another
   */
  readonly client?: unknown
  /** Shown in logs and monitors instead of the arguments, which may be secret. */
  readonly argsrepr?: string | undefined
  readonly kwargsrepr?: string | undefined
}

/** How one message is published. */
export type Publishing = Pick<
  CallOptions,
  'declare' | 'router' | 'routeName' | 'retry' | 'retryPolicy' | 'mandatory' | 'confirmTimeout' | 'client'
>

export interface ReadCall {
  readonly kwargs: Kwargs
  readonly taskId: string | undefined
  /** Wire spelling; null where the caller takes away what the task says. */
  readonly options: SignatureOptions
  readonly publishing: Publishing
}

const OWN_NAMES = { exchangeType: 'exchange_type', argsrepr: 'argsrepr', kwargsrepr: 'kwargsrepr' } as const
const NAMES: Readonly<Record<string, string>> = { ...OPTION_NAMES, ...OWN_NAMES }
const NO_OPTIONS: ReadCall = { kwargs: {}, taskId: undefined, options: {}, publishing: {} }

const TEXT: OptionRule = { expected: 'text', fits: value => typeof value === 'string' }
const OBJECT: OptionRule = { expected: 'an object', fits: value => typeof value === 'object' && value !== null }
const FLAG: OptionRule = { expected: 'true or false', fits: value => typeof value === 'boolean' }
const RULES: ReadonlyMap<string, OptionRule> = new Map<string, OptionRule>([
  ['kwargs', { expected: 'an object of names and values', fits: isMapping }],
  ['queue', { expected: "a queue's name, or its definition", fits: isQueue }],
  ['exchangeType', TEXT],
  ['argsrepr', TEXT],
  ['kwargsrepr', TEXT],
  ['routeName', TEXT],
  ['declare', OBJECT],
  ['router', { expected: 'routes: an object, a list or a function', fits: isRouter }],
  ['retry', FLAG],
  ['retryPolicy', OBJECT],
  ['mandatory', FLAG],
  ['client', { expected: 'a client with query(text, values)', fits: isClient }],
  [
    'immediate',
    { expected: 'false: no broker has it any more (RabbitMQ took it out in 3.0)', fits: value => value === false }
  ],
  ['confirmTimeout', { expected: 'seconds above 0', fits: value => Number.isFinite(value) && (value as number) > 0 }]
])

/** @throws InvalidOptionError naming the option, what was expected and what came */
export function readCallOptions(given: CallOptions | undefined, of = 'applyAsync'): ReadCall {
  if (given === undefined) return NO_OPTIONS
  checkOptions(given, { of, rules: RULES })
  const { kwargs, taskId, declare, router, routeName, retry, retryPolicy, mandatory, confirmTimeout, client, ...more } =
    given
  const { immediate: _never, ...options } = more as typeof more & { readonly immediate?: false }
  return {
    kwargs: kwargs ?? {},
    taskId: taskId ?? undefined,
    options: { ...toWireOptions(options as Kwargs), ...spelled(options) },
    publishing: { declare, router, routeName, retry, retryPolicy, mandatory, confirmTimeout, client }
  }
}

/** Options that canvas does not know, and the ones that are cleared. */
function spelled(options: Readonly<Record<string, unknown>>): SignatureOptions {
  const cleared = Object.entries(options).filter(([, value]) => value === null)
  const { exchangeType } = options
  return {
    ...Object.fromEntries(cleared.map(([key]) => [NAMES[key] ?? key, null])),
    ...(exchangeType === undefined ? {} : { exchange_type: exchangeType })
  }
}

function isQueue(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}

function isClient(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function'
}

function isRouter(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'string' || OBJECT.fits(value)
}
