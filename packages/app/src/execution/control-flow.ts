import type { AnySignature } from '@umbel/canvas'
import { Ignore, Retry } from '@umbel/protocol'
import type { RetryPlan } from './outcome.js'

/** Thrown by `task.retry()`: carries the decided plan past whatever the body does on its way out. */
export class TaskRetry extends Retry {
  static override readonly code = 'TASK_RETRY'
  readonly plan: RetryPlan

  constructor(plan: RetryPlan) {
    super(`Retry in ${plan.delay}s${plan.error === undefined ? '' : `: ${plan.error.message}`}`)
    this.plan = plan
  }
}

/** Thrown by `task.replace()`. */
export class TaskReplaced extends Ignore {
  static override readonly code = 'TASK_REPLACED'
  readonly by: AnySignature

  constructor(by: AnySignature) {
    super(`replaced by ${by.task}`)
    this.by = by
  }
}
