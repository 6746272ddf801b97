import { UmbelError } from '@umbel/runtime'

/** A task called `process.exit` where that would have ended the worker. */
export class TaskExitError extends UmbelError {
  static override readonly code = 'TASK_EXIT'
}
