import { NotFinalizedError } from '../errors.js'
import type { TaskDefinition } from './definition.js'
import type { TaskRegistry } from './registry.js'
import { sharedTasks } from './shared.js'

export interface FinalizerParts {
  /** The application's name, for errors. */
  readonly name: string
  /** Finalize by itself, before the first task is looked up. */
  readonly automatic: boolean
  readonly tasks: () => TaskRegistry
  /** Celery's own. */
  readonly builtIn: () => readonly TaskDefinition[]
  readonly register: (definition: TaskDefinition) => void
  /** Called once all tasks are there. */
  readonly done: () => void
}

/** Adds to an application's tasks what it did not define itself: Celery's own, and the shared ones. */
export class Finalizer {
  readonly #parts: FinalizerParts
  #finalized = false
  /** How many shared tasks were looked at. */
  #adopted = 0

  constructor(parts: FinalizerParts) {
    this.#parts = parts
  }

  get finalized(): boolean {
    return this.#finalized
  }

  finalize(): void {
    if (this.#finalized) return
    const { builtIn, register, done } = this.#parts
    this.#finalized = true
    for (const definition of builtIn()) register(definition)
    this.#adoptShared()
    done()
  }

  /** @throws NotFinalizedError */
  beforeReading(): void {
    const { name, automatic } = this.#parts
    if (this.#finalized) return this.#adoptShared()
    if (automatic) return this.finalize()
    throw new NotFinalizedError(`${name}: call app.finalize() before looking up tasks, or leave autofinalize on`)
  }

  /** Shared tasks may come at any time; a task of the application's own goes before one of its name. */
  #adoptShared(): void {
    const shared = sharedTasks()
    if (shared.size === this.#adopted) return
    this.#adopted = shared.size
    const { tasks, register } = this.#parts
    for (const definition of shared.values()) if (!tasks().has(definition.name)) register(definition)
  }
}
