import { AlreadyRegistered, NotRegistered } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import type { AnyTask } from './task.js'

/** The tasks of an application, by name. (celery.app.registry.TaskRegistry) */
export class TaskRegistry implements Iterable<AnyTask> {
  readonly #known = new Map<string, AnyTask>()
  readonly #beforeReading: () => void

  /** Before the first task is looked up, the application is finalized. */
  constructor(beforeReading: () => void = () => undefined) {
    this.#beforeReading = beforeReading
  }

  /** @throws AlreadyRegistered when another task has the name */
  register(task: AnyTask): void {
    if (this.#known.has(task.name)) throw alreadyRegistered(task.name)
    this.#known.set(task.name, task)
  }

  unregister(name: string): void {
    this.#known.delete(name)
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
    if (task === undefined) throw this.#notRegistered(name)
    return task
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

  get #tasks(): ReadonlyMap<string, AnyTask> {
    this.#beforeReading()
    return this.#known
  }

  #notRegistered(name: string): NotRegistered {
    const error = new NotRegistered(name)
    const near = suggest(name, this.names())
    const hint =
      near === undefined ? `known tasks: ${this.names().join(', ')}` : `did you mean ${JSON.stringify(near)}?`
    error.message += ` (${hint})`
    return error
  }
}

function alreadyRegistered(name: string): AlreadyRegistered {
  const error = new AlreadyRegistered(name)
  error.message += ' (names are given once; a module that is loaded twice, as source and compiled say, does this too)'
  return error
}
