import { type BackoffOptions, backoffDelay } from './backoff.js'
import type { Clock } from './clock.js'
import { toError, UmbelError } from './errors.js'
import { sleep } from './sleep.js'

export interface RetryOptions extends BackoffOptions {
  /** How often `work` is called at most, the first time included. Default: without end. */
  readonly attempts?: number
  /** No further attempt once it aborts; a wait ends at once, with the signal's reason. */
  readonly signal?: AbortSignal
  /** Is another attempt worth it? Default: yes, but not for an UmbelError that is not `recoverable`. */
  readonly retryIf?: (error: Error) => boolean
  /** Told before each wait. `attempt`: of the call that failed, 0 = the first. `delay`: seconds. */
  readonly onRetry?: (error: Error, attempt: number, delay: number) => void
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Calls `work` until it succeeds, waiting longer and longer between attempts.
 * Rejects with the last error, or with the signal's reason.
 */
export async function retryWithBackoff<T>(
  work: (attempt: number) => Promise<T>,
  options: RetryOptions = {}
): Promise<T> {
  const { attempts = Number.POSITIVE_INFINITY, signal, retryIf = isWorthAnother, onRetry } = options
  for (let attempt = 0; ; attempt++) {
    if (isAborted(signal)) throw toError(signal?.reason)
    try {
      return await work(attempt)
    } catch (thrown) {
      const error = toError(thrown)
      if (attempt + 1 >= attempts || isAborted(signal) || !retryIf(error)) throw error
      const delay = backoffDelay(attempt, options)
      onRetry?.(error, attempt, delay)
      await sleep(delay, options)
    }
  }
}

function isWorthAnother(error: Error): boolean {
  return !(error instanceof UmbelError) || error.recoverable
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}
