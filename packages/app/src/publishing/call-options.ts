import { OPTION_NAMES, type SignatureOptionsInput, toWireOptions } from '@umbel/canvas'
import type { Kwargs, SignatureOptions } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import type { Topology } from '@umbel/transport'
import { ArgumentsError } from '../errors.js'
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
  /** Shown in logs and monitors instead of the arguments, which may be secret. */
  readonly argsrepr?: string | undefined
  readonly kwargsrepr?: string | undefined
}

/** How one message is published. */
export type Publishing = Pick<CallOptions, 'declare' | 'router' | 'routeName' | 'retry' | 'retryPolicy'>

export interface ReadCall {
  readonly kwargs: Kwargs
  readonly taskId: string | undefined
  /** Wire spelling; null where the caller takes away what the task says. */
  readonly options: SignatureOptions
  readonly publishing: Publishing
}

const OWN_NAMES = { exchangeType: 'exchange_type', argsrepr: 'argsrepr', kwargsrepr: 'kwargsrepr' } as const
const NAMES: Readonly<Record<string, string>> = { ...OPTION_NAMES, ...OWN_NAMES }
const PUBLISHING = ['kwargs', 'declare', 'router', 'routeName', 'retry', 'retryPolicy'] as const
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(NAMES), ...Object.values(NAMES), ...PUBLISHING])
const NO_OPTIONS: ReadCall = { kwargs: {}, taskId: undefined, options: {}, publishing: {} }

/** @throws ArgumentsError for an option that there is not */
export function readCallOptions(given: CallOptions | undefined): ReadCall {
  if (given === undefined) return NO_OPTIONS
  refuseUnknown(given)
  const { kwargs = {}, taskId, declare, router, routeName, retry, retryPolicy, ...options } = given
  return {
    kwargs,
    taskId: taskId ?? undefined,
    options: { ...toWireOptions(options as Kwargs), ...spelled(options) },
    publishing: { declare, router, routeName, retry, retryPolicy }
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

function refuseUnknown(given: CallOptions): void {
  const stamps: readonly string[] = given.stampedHeaders ?? []
  const unknown = Object.keys(given).find(key => !KNOWN.has(key) && !stamps.includes(key))
  if (unknown === undefined) return
  const nearest = suggest(unknown, [...KNOWN])
  throw new ArgumentsError(
    `applyAsync has no option '${unknown}'${nearest === undefined ? '' : `, did you mean '${nearest}'?`}`
  )
}
