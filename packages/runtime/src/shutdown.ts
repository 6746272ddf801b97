import type { Clock, Timer } from './clock.js'
import { toError, UmbelError } from './errors.js'
import type { Service } from './service.js'

/** A service that failed to end, and how. */
export interface Failure {
  readonly name: string
  readonly error: Error
}

/** A service had not ended when the time for it was up. */
export class DeadlineError extends UmbelError {
  static override readonly code = 'DEADLINE'
}

interface Limits {
  /** Seconds for everything that is terminated. */
  readonly grace: number
  readonly clock: Clock
}

/** Stops the last started first; at the deadline (seconds) terminates all that is left. Never rejects. */
export async function stopInReverse(
  services: readonly Service[],
  limits: Limits & { readonly deadline: number }
): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const remaining = [...services]
  const alarm = setAlarm(limits.clock, limits.deadline)
  try {
    for (let service = remaining.at(-1); service !== undefined; service = remaining.at(-1)) {
      const failure = await attempt(service.name, () => service.stop(), alarm.rung)
      if (failure?.error instanceof DeadlineError) break
      if (failure !== undefined) failures.push(failure)
      remaining.pop()
    }
  } finally {
    alarm.cancel()
  }
  return [...failures, ...(await terminateInReverse(remaining, limits))]
}

/** Terminates the last started first. What does not end within the grace is left. Never rejects. */
export async function terminateInReverse(services: readonly Service[], limits: Limits): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const alarm = setAlarm(limits.clock, limits.grace)
  try {
    for (const service of services.toReversed()) {
      const failure = await attempt(service.name, () => service.terminate?.() ?? service.stop(), alarm.rung)
      if (failure !== undefined) failures.push(failure)
    }
  } finally {
    alarm.cancel()
  }
  return failures
}

async function attempt(name: string, end: () => Promise<void>, rung: Promise<never>): Promise<Failure | undefined> {
  try {
    await Promise.race([end(), rung])
    return undefined
  } catch (thrown) {
    return { name, error: toError(thrown) }
  }
}

function setAlarm(clock: Clock, seconds: number): { readonly rung: Promise<never>; cancel(): void } {
  let timer: Timer | undefined
  const rung = new Promise<never>((_resolve, reject) => {
    timer = clock.setTimer(seconds * 1000, () => reject(new DeadlineError(`not ended after ${seconds} s`)))
  })
  rung.catch(() => undefined)
  return { rung, cancel: () => timer?.cancel() }
}
