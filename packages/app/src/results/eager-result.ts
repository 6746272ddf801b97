import { PROPAGATE_STATES, TaskRevokedError, type TaskState } from '@umbel/protocol'
import type { ResultAccess } from './access.js'
import { AsyncResult } from './async-result.js'
import { checkWait, type ResultGetOptions } from './options.js'

export interface EagerOutcome {
  readonly state: TaskState
  /** The value, or the error. */
  readonly value: unknown
  readonly traceback: string | undefined
}

/** The result of a task that ran here: everything is known. (celery.result.EagerResult) */
export class EagerResult<R = unknown> extends AsyncResult<R> {
  #outcome: EagerOutcome

  constructor(id: string, outcome: EagerOutcome, access: ResultAccess) {
    super(id, access)
    this.#outcome = outcome
  }

  override get(options: ResultGetOptions<R> & { readonly propagate: false }): Promise<R | Error>
  override get(options?: ResultGetOptions<R>): Promise<R>
  override async get(options: ResultGetOptions<R> = {}): Promise<R | Error> {
    checkWait(options)
    const { value, state } = this.#outcome
    if (PROPAGATE_STATES.has(state) && (options.propagate ?? true)) throw value
    options.callback?.(this.id, value as R)
    return value as R | Error
  }

  override async state(): Promise<TaskState> {
    return this.#outcome.state
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

  /** It has run: nothing is ended, but its value is gone. */
  override async revoke(): Promise<void> {
    this.#outcome = { state: 'REVOKED', value: new TaskRevokedError('revoked'), traceback: undefined }
  }
}
