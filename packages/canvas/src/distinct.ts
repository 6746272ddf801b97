import type { SignatureData } from '@umbel/protocol'
import { bodyOf, kindOf, membersOf } from './data.js'
import { InvalidSignatureError } from './errors.js'

/**
 * Two tasks of one id have one result between them: a chord would count them once and wait for the other for ever.
 * @throws InvalidSignatureError naming the id and both tasks
 */
export function refuseDoubledIds(frozen: SignatureData): void {
  if (kindOf(frozen) === 'task') return
  const taken = new Map<string, string>()
  for (const { task, options } of tasksOf(frozen)) {
    const { task_id: id = '' } = options
    const other = taken.get(id)
    if (other !== undefined)
      throw new InvalidSignatureError(
        `each task of a canvas needs an id of its own, but ${other} and ${task} both have taskId '${id}'`
      )
    taken.set(id, task)
  }
}

function* tasksOf(frozen: SignatureData): Iterable<SignatureData> {
  switch (kindOf(frozen)) {
    case 'chord':
      for (const member of membersOf(frozen)) yield* tasksOf(member)
      return yield* tasksOf(bodyOf(frozen))
    case 'chain':
    case 'group':
      for (const member of membersOf(frozen)) yield* tasksOf(member)
      return
    default:
      yield frozen
  }
}
