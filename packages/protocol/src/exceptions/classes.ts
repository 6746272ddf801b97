import { UmbelError, type UmbelErrorOptions } from '@umbel/runtime'

export interface CeleryErrorOptions extends UmbelErrorOptions {
  /** Arguments of the Python exception. Default: the message. */
  readonly args?: readonly unknown[]
}

/** Base of the errors that travel as Celery's own exceptions. `args` are the arguments of the Python exception. */
export class CeleryError extends UmbelError {
  static override readonly code: string = 'CELERY'
  readonly args: readonly unknown[]

  constructor(message: string, options: CeleryErrorOptions = {}) {
    super(message, options)
    this.args = options.args ?? (message === '' ? [] : [message])
  }
}

/** Base of what concerns one task. (celery.exceptions.TaskError) */
export class TaskError extends CeleryError {
  static override readonly code: string = 'TASK'
}

/** The umbrella of a configuration that cannot work. */
export class ImproperlyConfigured extends CeleryError {
  static override readonly code = 'IMPROPERLY_CONFIGURED'
}

/** A signature, certificate or content that is not to be trusted. */
export class SecurityError extends CeleryError {
  static override readonly code = 'SECURITY'
}

/** The broker cannot be reached or refused; trying again may help. (kombu.exceptions.OperationalError) */
export class OperationalError extends CeleryError {
  static override readonly code = 'OPERATIONAL'

  constructor(message: string, options: CeleryErrorOptions = {}) {
    super(message, { recoverable: true, ...options })
  }
}

/** A task was routed to a queue that is not configured and may not be made up. */
export class QueueNotFound extends TaskError {
  static override readonly code = 'QUEUE_NOT_FOUND'
}

/** A stream ended before its data was complete. */
export class IncompleteStream extends TaskError {
  static override readonly code = 'INCOMPLETE_STREAM'
}

/** No task of that name here. */
export class NotRegistered extends TaskError {
  static override readonly code = 'NOT_REGISTERED'
  readonly task: string

  constructor(task: string, options: UmbelErrorOptions = {}) {
    super(`task ${JSON.stringify(task)} is not registered; is its module loaded?`, { ...options, args: [task] })
    this.task = task
  }
}

/** A second task of one name. */
export class AlreadyRegistered extends TaskError {
  static override readonly code = 'ALREADY_REGISTERED'
  readonly task: string

  constructor(task: string, options: UmbelErrorOptions = {}) {
    super(`task ${JSON.stringify(task)} is already registered`, { ...options, args: [task] })
    this.task = task
  }
}

/** Waiting for a result took longer than allowed. */
export class TimeoutError extends TaskError {
  static override readonly code = 'TIMEOUT'

  constructor(message: string, options: CeleryErrorOptions = {}) {
    super(message, { recoverable: true, ...options })
  }
}

/** A task has been retried as often as it may. */
export class MaxRetriesExceededError extends TaskError {
  static override readonly code = 'MAX_RETRIES_EXCEEDED'
}

/** The task was revoked, expired or terminated: there is no result. */
export class TaskRevokedError extends TaskError {
  static override readonly code = 'TASK_REVOKED'

  constructor(reason = 'revoked', options: UmbelErrorOptions = {}) {
    super(reason, options)
  }
}

/** A message or call whose parts do not make a task. */
export class InvalidTaskError extends TaskError {
  static override readonly code = 'INVALID_TASK'
}

/** A member of the chord's header failed, so its body cannot run. */
export class ChordError extends TaskError {
  static override readonly code = 'CHORD'
}

/** The worker that ran the task is gone. (billiard.exceptions) */
export class WorkerLostError extends TaskError {
  static override readonly code = 'WORKER_LOST'
}

/** The soft time limit has passed: clean up and end. (billiard.exceptions) */
export class SoftTimeLimitExceeded extends TaskError {
  static override readonly code = 'SOFT_TIME_LIMIT_EXCEEDED'

  /** `limit`: seconds, where known. */
  constructor(limit?: number, options: UmbelErrorOptions = {}) {
    const args = limit === undefined ? [] : [limit]
    super(`SoftTimeLimitExceeded(${args.join('')})`, { ...options, args })
  }
}

/** The hard time limit has passed and the task was ended. (billiard.exceptions) */
export class TimeLimitExceeded extends TaskError {
  static override readonly code = 'TIME_LIMIT_EXCEEDED'

  /** `limit`: seconds. */
  constructor(limit?: number, options: UmbelErrorOptions = {}) {
    const args = limit === undefined ? [] : [limit]
    super(`TimeLimitExceeded(${args.join('')})`, { ...options, args })
  }
}

/** The task was ended by a request with `terminate`. (billiard.exceptions) */
export class Terminated extends TaskError {
  static override readonly code = 'TERMINATED'
  readonly signal: string | number | undefined

  constructor(signal?: string | number, options: UmbelErrorOptions = {}) {
    super(`terminated${signal === undefined ? '' : ` by ${signal}`}`, {
      ...options,
      args: signal === undefined ? [] : [signal]
    })
    this.signal = signal
  }
}
