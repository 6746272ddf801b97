import type { GetOptions } from '@umbel/canvas'
import { PROPAGATE_STATES, type TaskState } from '@umbel/protocol'
import type { ResultAccess } from './access.js'
import { AsyncResult } from './async-result.js'

export interface EagerOutcome {
  readonly state: TaskState
  /** The value, or the error. */
  readonly value: unknown
  readonly traceback: string | undefined
}

/** The result of a task that ran here: everything is known. (celery.result.EagerResult) */
export class EagerResult<R = unknown> extends AsyncResult<R> {
  readonly #outcome: EagerOutcome
  #state: TaskState

  constructor(id: string, outcome: EagerOutcome, access: ResultAccess) {
    super(id, access)
    this.#outcome = outcome
    this.#state = outcome.state
  }

  override get(options: GetOptions & { readonly propagate: false }): Promise<R | Error>
  override get(options?: GetOptions): Promise<R>
  override async get(options: GetOptions = {}): Promise<R | Error> {
    const { value, state } = this.#outcome
    if (PROPAGATE_STATES.has(state) && (options.propagate ?? true)) throw value
    return value as R | Error
  }

  override async state(): Promise<TaskState> {
    return this.#state
  }

  override async ready(): Promise<boolean> {
    return true
  }

  override async result(): Promise<unknown> {
    return this.#outcome.value
  }

  override async traceback(): Promise<string | undefined> {
    return this.#outcome.traceback
  }

  override async forget(): Promise<void> {
    // Nothing is stored.
  }

  /** Changes the state only: it has run. */
  async revoke(): Promise<void> {
    this.#state = 'REVOKED'
  }
}
