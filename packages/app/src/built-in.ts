import { type Args, type Kwargs, normalizeSignature, type SignatureData } from '@umbel/protocol'
import { defineTask, type TaskDefinition } from './task/definition.js'
import type { TaskRegistry } from './task/registry.js'
import { bindArguments } from './task/arguments.js'

/** Celery's own tasks, which canvases send by name. (celery.app.builtins) */
export function builtInTasks(tasks: TaskRegistry): readonly TaskDefinition[] {
  const call = caller(tasks)
  return [
    defineTask('celery.map', { params: ['task', 'it'] }, (task, items) => inOrder(items, item => call(task, [item]))),
    defineTask('celery.starmap', { params: ['task', 'it'] }, (task, items) =>
      inOrder(items, item => call(task, item as Args))
    ),
    defineTask('celery.accumulate', { typing: false }, (...args) => args)
  ]
}

/** Calls the task of a signature with further arguments behind its own. */
function caller(tasks: TaskRegistry): (signature: unknown, args: Args) => unknown {
  return (signature, args) => {
    const { task, args: own, kwargs }: SignatureData = normalizeSignature(signature)
    const { name, settings, body, required } = tasks.get(task).definition
    const bound = bindArguments(
      { name, params: settings.params, required, typing: settings.typing },
      [...own, ...args],
      kwargs as Kwargs
    )
    return body(...bound)
  }
}

async function inOrder(items: unknown, work: (item: unknown) => unknown): Promise<readonly unknown[]> {
  const results: unknown[] = []
  for (const item of items as Iterable<unknown>) results.push(await work(item))
  return results
}
