import { TaskDefinitionError } from '../errors.js'
import { currentTask } from '../execution/current.js'
import type { BoundTask, TaskRequest } from './bound.js'
import { defineTask, optionsOf, type TaskBody, type TaskDefinition } from './definition.js'
import type { TaskOptions } from './options.js'

type Run = (...args: never[]) => unknown

/** A task as an object: `run` is its body, its other fields are its options, its methods its hooks. */
export interface TaskObject<F extends Run = Run> extends TaskOptions {
  /** @default `<app>.<class>` */
  readonly name?: string
  readonly run: F
}

/**
 * Base of class-based tasks. One instance lives as long as the process, so its fields keep what is dear to make.
 *
 * @example
 * class Resize extends ClassTask {
 *   readonly maxRetries = 5
 *   readonly #images = new ImageLibrary()
 *   run(path: string) { return this.#images.resize(path) }
 * }
 * export const resize = app.registerTask(Resize)
 */
export abstract class ClassTask {
  /** The execution under way. @throws TaskDefinitionError outside of one */
  get task(): BoundTask {
    const current = currentTask()
    if (current === undefined) throw new TaskDefinitionError(`${this.constructor.name}: no task is being executed here`)
    return current
  }

  get request(): TaskRequest {
    return this.task.request
  }
}

/** `generate` makes a name of the class's. @throws TaskDefinitionError */
export function defineObject(object: TaskObject, generate: (name: string) => string): TaskDefinition {
  if (typeof object.run !== 'function')
    throw new TaskDefinitionError(`a task object needs a method run, got ${typeof object.run}`)
  const name = object.name ?? generate(object.constructor === Object ? '' : object.constructor.name)
  return defineTask(name, { ...optionsOf(object), bind: true }, bodyOf(object))
}

/** Bound, so that there is an execution to ask for; the method's own parameters are what counts. */
function bodyOf(object: TaskObject): TaskBody {
  const run = object.run as TaskBody
  const body: TaskBody = (_task, ...args) => run.apply(object, args)
  return Object.defineProperty(body, 'length', { value: run.length + 1 })
}
