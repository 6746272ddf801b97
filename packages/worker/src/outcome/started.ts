import { type MetaContext, startedMeta, type ResultBackend } from '@umbel/backend'
import { Coalescer, type Logger } from '@umbel/runtime'
import type { ResultMeta } from '@umbel/protocol'
import type { WorkerRequest } from '../consume/request.js'
import { type StoreRules, tracksStart } from './store-rules.js'

export interface StartedOptions {
  readonly backend: () => Promise<ResultBackend>
  readonly rules: StoreRules
  readonly hostname: string
  readonly logger: Logger
}

/** Records of bodies that began, for tasks that want them. (task_track_started) */
export class StartedRecords {
  readonly #options: StartedOptions
  readonly #records: Coalescer<ResultMeta>

  constructor(options: StartedOptions) {
    this.#options = options
    this.#records = new Coalescer(async batch => (await options.backend()).store(batch), {
      onError: (error, { task_id: id }) => options.logger.warn(`STARTED of task ${id} was not stored: ${error.message}`)
    })
  }

  /** `at`: milliseconds since the epoch. */
  note(request: WorkerRequest, pid: number, at: number): void {
    const { rules, hostname } = this.#options
    if (tracksStart(request, rules)) this.#records.put(startedMeta(startOf(request, at), { pid, hostname }))
  }
}

function startOf({ id, parsed, taskWithStore: task }: WorkerRequest, now: number): MetaContext {
  return { taskId: id, now, replyTo: parsed.replyTo, task }
}
