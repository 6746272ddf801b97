import { UmbelError } from '@umbel/runtime'

/** A call whose arguments do not fit the task; Python's TypeError on the wire. */
export class ArgumentsError extends UmbelError {
  static override readonly code = 'ARGUMENTS'
}

/** Arguments or a result are not what the task's schema says. (pydantic's ValidationError) */
export class ValidationError extends UmbelError {
  static override readonly code = 'VALIDATION'
  readonly issues: readonly { readonly path: readonly string[]; readonly message: string }[]

  constructor(subject: string, issues: ValidationError['issues']) {
    super(
      issues.map(({ path, message }) => `${subject}${path.map(step => `.${step}`).join('')}: ${message}`).join('; ')
    )
    this.issues = issues
  }
}

/** A task was defined without a name, or in a way that cannot be understood. */
export class TaskDefinitionError extends UmbelError {
  static override readonly code = 'TASK_DEFINITION'
}

/** `result.get()` inside a task would wait for a task that may need this very slot. (celery E_WOULDBLOCK) */
export class WaitInTaskError extends UmbelError {
  static override readonly code = 'WAIT_IN_TASK'
}

/** A task was to be sent in a transaction of the caller's (`client`), and cannot be from here. */
export class TransactionError extends UmbelError {
  static override readonly code = 'TRANSACTION'
}

/** The application was closed. */
export class AppClosedError extends UmbelError {
  static override readonly code = 'APP_CLOSED'
}

/** `autofinalize` is off, and a task was looked up before `app.finalize()`. (celery's contract breach) */
export class NotFinalizedError extends UmbelError {
  static override readonly code = 'NOT_FINALIZED'
}

/** Things that depend on each other in a circle have no order. (celery.utils.graph.CycleError) */
export class CycleError extends UmbelError {
  static override readonly code = 'CYCLE'
}
