import { backoffDelay } from '@umbel/runtime'
import { DatabaseBusyError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'

/** Seconds; short, because a commit takes under a millisecond. */
const PAUSE = { initial: 0.001, max: 0.02, factor: 1.5 }

/** Calls until it is not refused as busy, pausing without blocking the thread. @throws DatabaseBusyError after `busyTimeout` */
export async function whileBusy<T>(settings: DatabaseSettings, call: () => T | Promise<T>): Promise<T> {
  const deadline = settings.clock.monotonic() + settings.busyTimeout * 1000
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof DatabaseBusyError)) throw error
      if (settings.clock.monotonic() >= deadline) throw overdue(error, settings)
    }
    await pause(settings, attempt)
  }
}

function overdue(cause: DatabaseBusyError, { busyTimeout }: DatabaseSettings): DatabaseBusyError {
  const text = `${cause.message}; another process held it for ${busyTimeout} s`
  return new DatabaseBusyError(text, { cause, recoverable: true })
}

/** Half the bound at least: a pause of nothing would spin. */
export function pause(settings: DatabaseSettings, attempt: number): Promise<void> {
  const bound = backoffDelay(attempt, { ...PAUSE, jitter: false }) * 1000
  return new Promise(resolve => {
    settings.clock.setTimer(bound * (0.5 + settings.random() / 2), resolve)
  })
}
