import type { Dispatcher } from './dispatcher.js'
import { SendError } from './errors.js'
import type { Plan } from './plan.js'

/**
 * Opens the plan's chords, saves its groups, then sends its tasks in one batch. Nothing is sent where a chord cannot
 * be opened.
 * @throws the error of a task that was to be sent alone; SendError naming those of many that were not sent
 */
export async function dispatch(plan: Plan, dispatcher: Dispatcher): Promise<void> {
  await Promise.all([
    ...plan.chords.map(chord => dispatcher.openChord(chord)),
    ...plan.groups.map(({ groupId, group }) => dispatcher.saveGroup(groupId, group))
  ])
  if (plan.sends.length === 0) return
  const outcomes = await dispatcher.send(plan.sends)
  refuse(plan, outcomes)
}

function refuse(plan: Plan, outcomes: readonly (Error | undefined)[]): void {
  const failed = plan.sends.flatMap((send, index) => {
    const error = outcomes[index]
    return error === undefined ? [] : [{ send, error }]
  })
  const [first] = failed
  if (first === undefined) return
  if (plan.sends.length === 1) throw first.error
  throw new SendError(
    `${failed.length} of ${plan.sends.length} tasks were not sent; the first: ` +
      `${first.send.task}[${first.send.options.task_id}]: ${first.error.message}`,
    new Map(failed.map(({ send, error }) => [send.options.task_id, error]))
  )
}
