import type { ResultMeta } from '@umbel/protocol'
import { createDeferred } from '@umbel/runtime'
import type { BackendFactory, ChordPart, CompletedJoin, ResultBackend, Watch } from './contract.js'
import { ResultsDisabledError } from './errors.js'

/**
 * The result store of an application that has none: what is stored is dropped, reading says what to configure.
 * (celery.backends.base.DisabledBackend)
 */
export class DisabledBackend implements ResultBackend {
  readonly capabilities = { push: false, expires: true, joins: false, shared: false } as const
  readonly url = 'disabled://'
  readonly #ended = createDeferred<undefined>()

  get closed(): Promise<undefined> {
    return this.#ended.promise
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly undefined[]> {
    return batch.map(() => undefined)
  }

  async load(): Promise<never> {
    throw new ResultsDisabledError('results cannot be read')
  }

  async watch(): Promise<Watch> {
    throw new ResultsDisabledError('results cannot be waited for')
  }

  async forget(): Promise<void> {}

  async saveGroup(): Promise<void> {
    throw new ResultsDisabledError('groups cannot be saved')
  }

  async loadGroup(): Promise<never> {
    throw new ResultsDisabledError('groups cannot be restored')
  }

  async forgetGroup(): Promise<void> {}

  async openChord(): Promise<void> {
    throw new ResultsDisabledError('chords cannot be joined')
  }

  async growChord(): Promise<void> {
    throw new ResultsDisabledError('chords cannot be joined')
  }

  /** An error each, not silence: a chord whose parts are dropped never ends. */
  async storeParts(parts: readonly ChordPart[]): Promise<readonly Error[]> {
    return parts.map(() => new ResultsDisabledError('chords cannot be joined'))
  }

  async pendingJoins(): Promise<readonly CompletedJoin[]> {
    return []
  }

  async confirmJoins(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0
  }

  async close(): Promise<void> {
    this.#ended.resolve(undefined)
  }
}

/** Answers to `disabled://`, and to `disabled` alone. */
export const disabledBackend: BackendFactory = {
  name: 'disabled',
  schemes: ['disabled'],
  connect: async () => new DisabledBackend()
}
