import { createResultMeta } from '@umbel/backend'
import type { ResultAccess } from './access.js'
import { AsyncResult, type AsyncResultParts } from './async-result.js'

/** The state of a task that was asked to end by itself. */
export const ABORTED = 'ABORTED'

/**
 * The result of a task that can be asked to end by itself: it looks at `task.isAborted()` now and then. The wish is
 * the state ABORTED in the result store. (celery.contrib.abortable.AbortableAsyncResult)
 */
export class AbortableAsyncResult<R = unknown> extends AsyncResult<R> {
  readonly #access: ResultAccess

  constructor(id: string, access: ResultAccess, parts: AsyncResultParts = {}) {
    super(id, access, parts)
    this.#access = access
  }

  async isAborted(): Promise<boolean> {
    return (await this.state()) === ABORTED
  }

  /** Changes nothing for a task that has ended. */
  async abort(): Promise<void> {
    await this.#access.store(createResultMeta(ABORTED, { result: null }, { taskId: this.id, now: this.#access.date() }))
  }
}
