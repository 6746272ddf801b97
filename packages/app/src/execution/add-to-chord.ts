import { type AnySignature, apply, completions, type Dispatcher } from '@umbel/canvas'
import { type ResultTuple, taskTuple } from '@umbel/protocol'
import type { TaskRequest } from '../task/bound.js'

/** More for the header of the chord that a task is in, sent at once: each task that ends it is one more part. @throws TypeError where it is in none */
export async function addToChord(
  dispatcher: Dispatcher,
  request: TaskRequest,
  signature: AnySignature
): Promise<ResultTuple> {
  const { task, id, group, chord } = request
  if (chord === null || group === null) throw new TypeError(`task ${task}[${id}] is not member of a chord`)
  if (signature.id === id)
    throw new TypeError(`task ${task}[${id}] is a member of its chord already: give what is added another taskId`)
  await dispatcher.growChord(group, completions(signature.toJSON()))
  const member = signature.set({ groupId: group, chord })
  const { sent, tuple } = apply(member, dispatcher, { rootId: request.rootId, parentId: id })
  await sent
  return tuple ?? taskTuple(id)
}
