import type { ChordPart, CompletedJoin, ResultBackend } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { failpoint, type Logger, toError } from '@umbel/runtime'

/**
 * Writes to the result store. Never rejects: the store repeats what may pass, and what can never be stored is said in
 * the log, so that the message's way goes on.
 */
export class Recorder {
  readonly #backend: () => Promise<ResultBackend>
  readonly #logger: Logger

  constructor(backend: () => Promise<ResultBackend>, logger: Logger) {
    this.#backend = backend
    this.#logger = logger
  }

  async store(metas: readonly ResultMeta[]): Promise<void> {
    if (metas.length === 0) return
    const errors = await this.#batch(metas, backend => backend.store(metas))
    errors.forEach((error, index) => {
      if (error !== undefined)
        this.#logger.error(`the result of task ${metas[index]?.task_id} was not stored: ${error.message}`)
    })
  }

  /** Stores parts of chords; answers the chords that are complete now. */
  async count(parts: readonly ChordPart[]): Promise<readonly CompletedJoin[]> {
    if (parts.length === 0) return []
    failpoint('before-join')
    const answers = await this.#batch(parts, backend => storeParts(backend, parts))
    return answers.flatMap((answer, index) => {
      if (answer === undefined) return []
      if ('groupId' in answer) return [answer]
      const part = parts[index]
      this.#logger.error(`part ${part?.meta.task_id} of chord ${part?.groupId} was not counted: ${answer.message}`)
      return []
    })
  }

  /** Which of these tasks the store has heard of. @throws when it cannot be asked */
  async known(taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (taskIds.length === 0) return new Set()
    const metas = await (await this.#backend()).load(taskIds)
    return new Set(taskIds.filter((_id, index) => metas[index] !== undefined))
  }

  /** The body of this chord is published. */
  async confirm(groupId: string): Promise<void> {
    try {
      await (await this.#backend()).confirmJoins([groupId])
    } catch (thrown) {
      this.#logger.error(`chord ${groupId} is done but was not confirmed: ${toError(thrown).message}`)
    }
  }

  async #batch<Answer>(
    items: readonly unknown[],
    call: (backend: ResultBackend) => Promise<readonly Answer[]>
  ): Promise<readonly (Answer | Error)[]> {
    try {
      return await call(await this.#backend())
    } catch (thrown) {
      const error = toError(thrown)
      return items.map(() => error)
    }
  }
}

/**
 * A store that cannot count keeps every part's result, also of a task that ignores its own: somebody looks at each of
 * them, and would look for ever. (celery.chord_unlock)
 */
async function storeParts(
  backend: ResultBackend,
  parts: readonly ChordPart[]
): Promise<readonly (CompletedJoin | Error | undefined)[]> {
  const { joins, shared } = backend.capabilities
  return joins || !shared ? await backend.storeParts(parts) : await backend.store(parts.map(({ meta }) => meta))
}
