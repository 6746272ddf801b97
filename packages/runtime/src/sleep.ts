import { type Clock, systemClock } from './clock.js'
import { toError } from './errors.js'

export interface SleepOptions {
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Resolves after `seconds`; rejects with the signal's reason as soon as it aborts. */
export function sleep(seconds: number, options: SleepOptions = {}): Promise<void> {
  const { signal, clock = systemClock } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(toError(signal.reason))
    const timer = clock.setTimer(seconds * 1000, wake)
    signal?.addEventListener('abort', giveUp, { once: true })

    function wake(): void {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }

    function giveUp(): void {
      timer.cancel()
      reject(toError(signal?.reason))
    }
  })
}
