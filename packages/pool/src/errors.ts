import { UmbelError } from '@umbel/runtime'
import type { AbortReason, EndReason } from './contract.js'

/** `createPool` was given something it cannot use; the message names the option, what was expected and what came. */
export class PoolOptionsError extends UmbelError {
  static override readonly code = 'POOL_OPTIONS'
}

/** An executor could not be made: its entry module does not load, or `createExecutor` failed. `cause` says why. */
export class ExecutorStartError extends UmbelError {
  static override readonly code = 'EXECUTOR_START'
}

/** Why there is no executor, whichever side of the border found out. */
export function startError(entry: string, cause: Error): ExecutorStartError {
  if ('code' in cause && cause.code === ExecutorStartError.code) return new ExecutorStartError(cause.message)
  return new ExecutorStartError(`The executor of ${entry} could not start: ${cause.message}`, { cause })
}

/** A job was handed to a pool that is not running. */
export class PoolNotRunningError extends UmbelError {
  static override readonly code = 'POOL_NOT_RUNNING'
}

/** What a job's `signal.reason` is. */
export class JobAbortedError extends UmbelError {
  static override readonly code = 'JOB_ABORTED'
  readonly reason: AbortReason | EndReason

  constructor(reason: AbortReason | EndReason) {
    super(`The job was aborted: ${reason}`)
    this.reason = reason
  }
}

export interface HostCallErrorOptions {
  readonly method: string
  readonly cause: Error
}

/** The control side could not do what a task asked of it; message and `recoverable` are the original error's. */
export class HostCallError extends UmbelError {
  static override readonly code = 'HOST_CALL'
  readonly method: string

  constructor(options: HostCallErrorOptions) {
    const { method, cause } = options
    super(cause.message, { cause, recoverable: 'recoverable' in cause && cause.recoverable === true })
    this.method = method
  }
}
