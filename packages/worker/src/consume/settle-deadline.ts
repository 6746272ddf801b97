import type { AnyTask } from '@umbel/app'
import type { Logger } from '@umbel/runtime'

export interface SettleDeadline {
  readonly tasks: Iterable<AnyTask>
  /** task_acks_late */
  readonly acksLate: boolean
  /** task_time_limit, seconds. */
  readonly timeLimit: number | undefined
  readonly logger: Logger
}

const NAMED = 5

/** A broker that gives an unsettled message to another, though its consumer lives, makes a long task with late ack run twice. */
export function warnOfSettleDeadline(seconds: number, { tasks, acksLate, timeLimit, logger }: SettleDeadline): void {
  const endangered = [...tasks].filter(
    ({ name, definition: { settings } }) =>
      !name.startsWith('celery.') &&
      (settings.acksLate ?? acksLate) &&
      (settings.timeLimit ?? timeLimit ?? Number.POSITIVE_INFINITY) > seconds
  )
  if (endangered.length === 0) return
  const names = endangered.slice(0, NAMED).map(({ name }) => name)
  const more = endangered.length > NAMED ? ` and ${endangered.length - NAMED} more` : ''
  logger.warn(
    `The broker takes back what is not acknowledged within ${seconds} s (consumer_timeout). With late ack and no time limit below that, these tasks may run twice: ${names.join(', ')}${more}`
  )
}
