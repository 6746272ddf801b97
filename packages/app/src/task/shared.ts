import { currentOrDefault } from '../current/state.js'
import type { Umbel } from '../umbel.js'
import { TaskDefinitionError } from '../errors.js'
import { defineTask, type TaskDefinition } from './definition.js'
import type { TaskOptions } from './options.js'
import { readTaskArguments } from './reading.js'
import type { Task } from './task.js'

type AnyBody = (...args: never[]) => unknown

/** A task of a library, which knows no application: every application has it. */
export interface SharedTask<Params extends readonly unknown[], R, Name extends string = string> {
  (...args: Params): R
  readonly name: Name
  /**
   * The same task as one of an application, to be sent.
   * @default the current application, else the default one; @throws TaskDefinitionError when there is none
   */
  of(app?: Umbel): Task<Params, R, Name>
}

const SHARED = Symbol.for('umbel.sharedTasks')

/**
 * Makes a task that appears in every application, made before or after. (celery.shared_task)
 *
 * The list belongs to the process, not to this module: a library and an application may have two copies of it.
 */
export function sharedTask<const Name extends string, F extends AnyBody>(
  name: Name,
  body: F
): SharedTask<Parameters<F>, ReturnType<F>, Name>
export function sharedTask<const Name extends string, F extends AnyBody>(
  name: Name,
  options: TaskOptions & { readonly bind?: false },
  body: F
): SharedTask<Parameters<F>, ReturnType<F>, Name>
export function sharedTask(...given: readonly unknown[]): unknown {
  const { name, options, body } = readTaskArguments(given)
  if (name === undefined)
    throw new TaskDefinitionError('a shared task needs a name: it has no application to be named after')
  const definition = defineTask(name, options, body)
  sharedTasks().set(name, definition)
  const call = (...args: readonly unknown[]): unknown => body(...args)
  Object.defineProperty(call, 'name', { value: name, configurable: true })
  return Object.assign(call, { of: (app = current(name)) => app.tasks.get(name) })
}

function current(name: string): Umbel {
  const app = currentOrDefault()
  if (app !== undefined) return app
  throw new TaskDefinitionError(`shared task ${name}: there is no application yet; make one, or say which: of(app)`)
}

/** The shared tasks of this process, by name. */
export function sharedTasks(): Map<string, TaskDefinition> {
  const home = globalThis as { [SHARED]?: Map<string, TaskDefinition> }
  home[SHARED] ??= new Map()
  return home[SHARED]
}
