import { type Args, normalizeSignature } from '@umbel/protocol'
import { bindArguments } from '../task/arguments.js'
import type { BoundTask } from '../task/bound.js'
import type { Umbel } from '../umbel.js'

/** Calls the task of a signature with the arguments of each item behind its own, one after the other. */
export async function callInOrder(app: Umbel, each: unknown, items: Iterable<unknown>): Promise<readonly unknown[]> {
  const { task, args: own, kwargs } = normalizeSignature(each)
  const known = app.tasks.get(task)
  const { name, settings, required } = known.definition
  const parameters = { name, params: settings.params, required, typing: settings.typing }
  const results: unknown[] = []
  for (const args of items as Iterable<Args>) {
    const bound = bindArguments(parameters, [...own, ...args], kwargs)
    results.push(await known(...(bound as readonly never[])))
  }
  return results
}

/** The arguments as they came, or one of them: the body of a group that replaced a task. */
export function accumulate({ request }: BoundTask, ...args: readonly unknown[]): unknown {
  const { index } = request.kwargs
  return typeof index === 'number' ? args[index] : args
}

/** Drops results that have expired. */
export async function cleanUp(app: Umbel): Promise<number> {
  return await (await app.services.gateway().backend()).sweep()
}
