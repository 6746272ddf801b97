import { softTimeLimitExceeded } from '@umbel/app/execution'
import { Terminated } from '@umbel/protocol'

/** The task's own signal: the pool's reason, said in Celery's errors. */
export function taskSignal(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const pass = (): void => controller.abort(errorOf(signal.reason))
  if (signal.aborted) pass()
  else signal.addEventListener('abort', pass, { once: true })
  return controller.signal
}

function errorOf(reason: unknown): Error {
  const name = typeof reason === 'object' && reason !== null && 'reason' in reason ? reason.reason : undefined
  return name === 'soft-time-limit'
    ? softTimeLimitExceeded()
    : new Terminated(`the task was asked to end: ${String(name ?? reason)}`)
}
