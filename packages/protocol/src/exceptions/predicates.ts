import { describe, type UmbelErrorOptions } from '@umbel/runtime'
import { CeleryError } from './classes.js'

/** Base of what a task throws to say how it ends. (celery.exceptions.TaskPredicate) */
export class TaskPredicate extends CeleryError {
  static override readonly code: string = 'TASK_PREDICATE'
}

export interface RetryOptions extends UmbelErrorOptions {
  /** Seconds from now, or a time. */
  readonly when?: number | Date
  /** The task runs in the caller's process. */
  readonly isEager?: boolean
  /** The next attempt, for eager tasks. */
  readonly signature?: unknown
}

/** The task is to run again later; `cause` is why. */
export class Retry extends TaskPredicate {
  static override readonly code: string = 'RETRY'
  readonly when: number | Date | undefined
  readonly isEager: boolean
  readonly signature: unknown

  constructor(message?: string, options: RetryOptions = {}) {
    super(message ?? retryMessage(options), options)
    this.when = options.when
    this.isEager = options.isEager ?? false
    this.signature = options.signature
  }
}

function retryMessage({ when, cause }: RetryOptions): string {
  const moment = when === undefined ? '' : typeof when === 'number' ? ` in ${when}s` : ` at ${when.toISOString()}`
  return `Retry${moment}${cause === undefined ? '' : `: ${describe(cause)}`}`
}

/** The task ends without a state being stored; its message is acknowledged. */
export class Ignore extends TaskPredicate {
  static override readonly code: string = 'IGNORE'

  constructor(reason = '', options: UmbelErrorOptions = {}) {
    super(reason, options)
  }
}

export interface RejectOptions extends UmbelErrorOptions {
  /** Give the message back to its queue. Default false. */
  readonly requeue?: boolean
}

/** The task's message is rejected instead of acknowledged. */
export class Reject extends TaskPredicate {
  static override readonly code = 'REJECT'
  readonly reason: string | null
  readonly requeue: boolean

  constructor(reason: string | null = null, options: RejectOptions = {}) {
    const requeue = options.requeue ?? false
    super(`reject requeue=${requeue ? 'True' : 'False'}: ${reason ?? 'None'}`, { ...options, args: [reason, requeue] })
    this.reason = reason
    this.requeue = requeue
  }
}

/** Base of what ends a worker. */
class SystemExit extends CeleryError {
  static override readonly code: string = 'SYSTEM_EXIT'
  readonly exitCode: number

  constructor(exitCode = 0) {
    super(`exit code ${exitCode}`, { args: [exitCode] })
    this.exitCode = exitCode
  }
}

/** The worker is to finish what it runs and end. */
export class WorkerShutdown extends SystemExit {
  static override readonly code = 'WORKER_SHUTDOWN'
}

/** The worker is to end at once. */
export class WorkerTerminate extends SystemExit {
  static override readonly code = 'WORKER_TERMINATE'
}
