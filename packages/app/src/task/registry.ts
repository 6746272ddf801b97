import { AlreadyRegistered, NotRegistered } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import type { AnyTask } from './task.js'

/** The tasks of an application, by name. (celery.app.registry.TaskRegistry) */
export class TaskRegistry implements Iterable<AnyTask> {
  readonly #tasks = new Map<string, AnyTask>()

  /** @throws AlreadyRegistered when another task has the name */
  register(task: AnyTask): void {
    if (this.#tasks.has(task.name)) {
      throw new AlreadyRegistered(
        `a task named '${task.name}' is registered already: task names must be unique in an application`
      )
    }
    this.#tasks.set(task.name, task)
  }

  unregister(name: string): void {
    this.#tasks.delete(name)
  }

  has(name: string): boolean {
    return this.#tasks.has(name)
  }

  find(name: string): AnyTask | undefined {
    return this.#tasks.get(name)
  }

  /** @throws NotRegistered listing the known names */
  get(name: string): AnyTask {
    const task = this.#tasks.get(name)
    if (task !== undefined) return task
    const near = suggest(name, this.names())
    const hint = near === undefined ? `known tasks: ${this.names().join(', ') || 'none'}` : `did you mean '${near}'?`
    throw new NotRegistered(`no task named '${name}' is registered; ${hint}`)
  }

  /** Sorted; Celery's built-in tasks (`celery.…`) included. */
  names(): readonly string[] {
    return [...this.#tasks.keys()].sort()
  }

  get size(): number {
    return this.#tasks.size
  }

  [Symbol.iterator](): Iterator<AnyTask> {
    return this.#tasks.values()
  }
}
