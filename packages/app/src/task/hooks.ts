import type { AnySignature } from '@umbel/canvas'
import type { Args, Kwargs, TaskState } from '@umbel/protocol'
import type { BoundTask } from './bound.js'

/** What a failed or retried attempt leaves for the hooks. (celery's einfo) */
export interface ErrorInfo {
  readonly error: Error
  readonly traceback: string
}

type ReplacementAnswer = AnySignature | void

/** Called around each execution, where the body runs. An error in one is logged and changes nothing. (celery.app.task handlers) */
export interface TaskHooks {
  beforeStart?(task: BoundTask, args: Args, kwargs: Kwargs): void | Promise<void>
  onSuccess?(task: BoundTask, result: unknown, args: Args, kwargs: Kwargs): void | Promise<void>
  onFailure?(task: BoundTask, error: Error, info: ErrorInfo): void | Promise<void>
  onRetry?(task: BoundTask, error: Error, info: ErrorInfo): void | Promise<void>
  /**
   * Customises `task.replace(signature)`: what it answers runs instead; nothing, the signature as given. An error in it
   * is the task's failure. (Task.on_replace)
   */
  onReplace?(task: BoundTask, signature: AnySignature): ReplacementAnswer | Promise<ReplacementAnswer>
  /** After a final outcome, not after a retry. */
  afterReturn?(task: BoundTask, state: TaskState, result: unknown): void | Promise<void>
}
