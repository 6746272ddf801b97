import type { ResultTuple, TaskState } from '@umbel/protocol'
import type { GetOptions, Handle } from './handle.js'

/** The handle of what has run already: in this process, or not at all. */
export class SettledHandle<R> implements Handle<R> {
  readonly id: string
  readonly parent = undefined
  readonly #value: R | Error
  readonly #state: TaskState

  constructor(id: string, value: R | Error, state: TaskState) {
    this.id = id
    this.#value = value
    this.#state = state
  }

  get(options: GetOptions & { readonly propagate: false }): Promise<R | Error>
  get(options?: GetOptions): Promise<R>
  async get(options: GetOptions = {}): Promise<R | Error> {
    if (this.#state !== 'SUCCESS' && (options.propagate ?? true)) throw this.#value
    return this.#value
  }

  async state(): Promise<TaskState> {
    return this.#state
  }

  async ready(): Promise<boolean> {
    return true
  }

  async successful(): Promise<boolean> {
    return this.#state === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return this.#state === 'FAILURE'
  }

  async traceback(): Promise<string | undefined> {
    return this.#state === 'SUCCESS' ? undefined : (this.#value as Error).stack
  }

  async forget(): Promise<void> {
    // Nothing is stored.
  }

  async revoke(): Promise<void> {
    // It has run.
  }

  asTuple(): ResultTuple {
    return [[this.id, null], null]
  }
}
