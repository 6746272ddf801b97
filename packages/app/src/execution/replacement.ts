import { randomUUID } from 'node:crypto'
import { type AnySignature, compile } from '@umbel/canvas'
import { ImproperlyConfigured } from '@umbel/protocol'
import type { BoundTask } from '../task/bound.js'
import type { TaskHooks } from '../task/hooks.js'

/** What runs in a task's place, after its `onReplace` had a say. @throws what that throws; ImproperlyConfigured */
export async function decideReplacement(
  bound: BoundTask,
  by: AnySignature,
  { onReplace }: Pick<TaskHooks, 'onReplace'>
): Promise<AnySignature> {
  const answer = await onReplace?.(bound, by)
  return answer === undefined ? by : replaceable(answer)
}

/** What has a chord of its own, or nothing to run, cannot take a task's place. (Task.replace) */
export function replaceable(signature: AnySignature): AnySignature {
  const { options } = signature.toJSON()
  if (options.chord !== undefined)
    throw new ImproperlyConfigured(`${signature.task} is a member of a chord and cannot replace a task`)
  const empty = compile(signature.toJSON(), { newId: randomUUID }).results.length === 0
  if (empty) throw new ImproperlyConfigured(`an empty ${signature.task} cannot replace a task: nothing would run`)
  return signature
}
