import * as z from 'zod'
import type { Kind } from './kinds.js'
import { camelKeys } from './names.js'

/** How often and how fast publishing is tried again; intervals in seconds. (kombu's retry policy) */
export interface RetryPolicy {
  /** null = for ever. */
  readonly maxRetries: number | null
  readonly intervalStart: number
  readonly intervalStep: number
  readonly intervalMax: number
  /** Only these errors: classes, or names of classes. Default: those that say they are recoverable. */
  readonly retryErrors?: readonly unknown[] | undefined
}

export const PUBLISH_RETRY_POLICY: RetryPolicy = { maxRetries: 3, intervalStart: 0, intervalStep: 0.2, intervalMax: 1 }

const interval = z.number().min(0)

/** What is left out has its default. Celery's snake_case keys are understood. */
export const retryPolicy: Kind<RetryPolicy, unknown> = {
  expected:
    'a mapping of maxRetries (a whole number, or null for ever), intervalStart, intervalStep, intervalMax (seconds) and retryErrors (a list)',
  cast: 'json',
  schema: z.preprocess(
    camelKeys,
    z.strictObject({
      maxRetries: z.int().min(0).nullable().default(PUBLISH_RETRY_POLICY.maxRetries),
      intervalStart: interval.default(PUBLISH_RETRY_POLICY.intervalStart),
      intervalStep: interval.default(PUBLISH_RETRY_POLICY.intervalStep),
      intervalMax: interval.default(PUBLISH_RETRY_POLICY.intervalMax),
      retryErrors: z.array(z.unknown()).readonly().optional()
    })
  )
}
