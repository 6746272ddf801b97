import type { ResultBackend } from '@umbel/backend'
import { isReady } from '@umbel/protocol'
import { type Clock, Coalescer, type Logger, toError } from '@umbel/runtime'
import type { WorkerRequest } from '../consume/request.js'
import type { TaskLog } from '../log/task-log.js'
import { ACK, onlySettled } from './consequence.js'
import type { Judge } from './judge.js'
import type { Outcomes } from './outcomes.js'

export interface LostTasksOptions {
  readonly backend: () => Promise<ResultBackend>
  readonly judge: Judge
  readonly outcomes: Outcomes
  readonly log: TaskLog
  readonly logger: Logger
  readonly clock: Clock
}

const GONE = 'the worker that ran it is gone'

/**
 * Tasks with early ack whose worker died: they are not run again, but whoever waits for them is told, by FAILURE
 * WorkerLostError, unless their results were stored just before.
 */
export class LostTasks {
  readonly #options: LostTasksOptions
  readonly #coming: Coalescer<WorkerRequest>

  constructor(options: LostTasksOptions) {
    this.#options = options
    this.#coming = new Coalescer(batch => this.#conclude(batch))
  }

  add(request: WorkerRequest): void {
    this.#coming.put(request)
  }

  async #conclude(batch: readonly WorkerRequest[]): Promise<readonly undefined[]> {
    const { judge, outcomes, log, clock } = this.#options
    const finished = await this.#finished(batch.map(request => request.id))
    const now = clock.now()
    const consequences = batch.map(request => {
      if (finished.has(request.id)) return onlySettled(request, ACK)
      log.lost(request, GONE)
      return judge.lost(request, { reason: GONE }, now)
    })
    outcomes.add(consequences)
    return batch.map(() => undefined)
  }

  /** A store that cannot say is no reason to keep callers waiting: it keeps a SUCCESS whatever comes after. */
  async #finished(ids: readonly string[]): Promise<ReadonlySet<string>> {
    try {
      const metas = await (await this.#options.backend()).load(ids)
      return new Set(ids.filter((_id, index) => isReady(metas[index]?.status ?? 'PENDING')))
    } catch (thrown) {
      this.#options.logger.warn(`the result store could not say what became of lost tasks: ${toError(thrown).message}`)
      return new Set()
    }
  }
}
