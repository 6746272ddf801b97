import { type AnySignature, apply, type Dispatcher } from '@umbel/canvas'
import { type ResultTuple, taskTuple } from '@umbel/protocol'
import type { TaskRequest } from '../task/bound.js'

/** One more member for the chord that a task is in, sent at once. @throws TypeError where it is in none */
export async function addToChord(
  dispatcher: Dispatcher,
  request: TaskRequest,
  signature: AnySignature
): Promise<ResultTuple> {
  const { task, id, group, chord } = request
  if (chord === null || group === null) throw new TypeError(`task ${task}[${id}] is not member of a chord`)
  if (signature.id === id)
    throw new TypeError(`task ${task}[${id}] is a member of its chord already: give what is added another taskId`)
  await dispatcher.growChord(group, 1)
  const member = signature.set({ groupId: group, chord })
  const { sent, tuple } = apply(member, dispatcher, { rootId: request.rootId, parentId: id })
  await sent
  return tuple ?? taskTuple(id)
}
