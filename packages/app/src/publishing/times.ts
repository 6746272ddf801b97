import { formatTime, parseTime, type SignatureOptions } from '@umbel/protocol'
import type { ComposeEnvironment } from './environment.js'

/** When a call may start, and when it no longer may. */
export interface CallTimes {
  /** Milliseconds since the epoch; undefined: at once. */
  readonly due: number | undefined
  readonly eta: string | null
  readonly expires: string | null
  /** Milliseconds that are left, as AMQP wants them. */
  readonly expiration: string | undefined
}

const AT_ONCE: CallTimes = { due: undefined, eta: null, expires: null, expiration: undefined }

/** @throws InvalidTimeError for a text that is no time */
export function timesOf(environment: ComposeEnvironment, options: SignatureOptions): CallTimes {
  const { eta, countdown, expires } = options
  if (eta === undefined && countdown === undefined && expires === undefined) return AT_ONCE
  const now = environment.clock.now()
  const due = dueAt(options, now)
  const end = expiresAt(options, now)
  if (end !== undefined && end < now) environment.warn(`a task that expired ${(now - end) / 1000} s ago will not run`)
  return {
    due,
    eta: due === undefined ? null : textOf(environment, eta, due),
    expires: end === undefined ? null : textOf(environment, expires, end),
    expiration: end === undefined ? undefined : String(Math.max(0, Math.trunc(end - now)))
  }
}

function dueAt({ eta, countdown }: SignatureOptions, now: number): number | undefined {
  if (eta !== undefined) return typeof eta === 'string' ? parseTime(eta) : eta.getTime()
  return countdown === undefined ? undefined : now + countdown * 1000
}

function expiresAt({ expires }: SignatureOptions, now: number): number | undefined {
  if (expires === undefined) return undefined
  if (typeof expires === 'number') return now + expires * 1000
  return typeof expires === 'string' ? parseTime(expires) : expires.getTime()
}

/** A text that the caller gave keeps its milliseconds and offset. */
function textOf({ offsetAt }: ComposeEnvironment, given: unknown, milliseconds: number): string {
  return typeof given === 'string' ? given : formatTime(milliseconds, { offset: offsetAt(milliseconds) })
}
