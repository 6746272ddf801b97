import { types } from 'node:util'
import { checkOptions, type OptionRule } from '@umbel/canvas'
import { argsrepr, isMapping, kwargsrepr, MaxRetriesExceededError, parseTime } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { RetryOptions, TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import type { RetryPlan } from './outcome.js'

export interface RetryEnvironment {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly clock: Clock
  readonly random: () => number
}

const RULES: ReadonlyMap<string, OptionRule> = new Map<string, OptionRule>([
  ['exc', { expected: 'an error', fits: value => value instanceof Error || types.isNativeError(value) }],
  ['maxRetries', { expected: 'a whole number from 0 on, or null', fits: isCount }],
  ['args', { expected: 'a list of arguments', fits: Array.isArray }],
  ['kwargs', { expected: 'an object of names and values', fits: isMapping }],
  ['eta', { expected: 'a Date, a DateTime or ISO 8601 text', fits: value => Number.isFinite(momentOf(value)) }],
  ['throw', { expected: 'true or false', fits: value => typeof value === 'boolean' }]
])
const NAMES: ReadonlySet<string> = new Set([
  ...RULES.keys(),
  ...['countdown', 'queue', 'routingKey', 'exchange', 'priority', 'expires', 'timeLimit', 'softTimeLimit', 'headers']
])

/**
 * Decides the next attempt.
 * @throws the given `exc`, or MaxRetriesExceededError, when none is left; `exc` itself when the body was called directly
 */
export function planRetry(environment: RetryEnvironment, options: RetryOptions): RetryPlan {
  const { definition, request, clock } = environment
  checkOptions(options, { of: `retry of ${definition.name}`, rules: RULES, only: NAMES })
  if (request.calledDirectly) throw options.exc ?? exhausted(environment)
  const most = options.maxRetries === undefined ? definition.settings.maxRetries : options.maxRetries
  if (most !== null && request.retries + 1 > most) throw options.exc ?? exhausted(environment)
  const now = clock.now()
  const due = dueAt(options, { now, otherwise: definition.settings.defaultRetryDelay })
  return {
    args: options.args ?? request.args,
    kwargs: options.kwargs ?? request.kwargs,
    due,
    delay: Math.max(0, due - now) / 1000,
    error: options.exc,
    options
  }
}

/** Seconds before an automatic retry. (celery.utils.time.get_exponential_backoff_interval) */
export function automaticDelay({ definition, request, random }: RetryEnvironment): number {
  const { retryBackoff, retryBackoffMax, retryJitter, retryKwargs, defaultRetryDelay } = definition.settings
  if (retryBackoff === false) return retryKwargs.countdown ?? defaultRetryDelay
  const factor = retryBackoff === true ? 1 : Math.max(1, Math.trunc(retryBackoff))
  const delay = Math.min(retryBackoffMax, factor * 2 ** request.retries)
  return retryJitter ? Math.floor(random() * (delay + 1)) : delay
}

function dueAt({ eta, countdown }: RetryOptions, { now, otherwise }: { now: number; otherwise: number }): number {
  return eta === undefined ? now + (countdown ?? otherwise) * 1000 : momentOf(eta)
}

/** NaN for what is no moment. */
function momentOf(value: unknown): number {
  if (typeof value === 'string') return parseTime(value)
  const moment = (value ?? {}) as Partial<Date> & { readonly toMillis?: () => number }
  return moment.getTime?.() ?? moment.toMillis?.() ?? Number.NaN
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function exhausted({ definition, request }: RetryEnvironment): MaxRetriesExceededError {
  const call = `args:${argsrepr(request.args)} kwargs:${kwargsrepr(request.kwargs)}`
  return new MaxRetriesExceededError(`Can't retry ${definition.name}[${request.id}] ${call}`)
}
