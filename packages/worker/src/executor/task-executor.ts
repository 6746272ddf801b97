import type { Umbel } from '@umbel/app'
import { createBoundTask, createRequest, execute, type TaskRequest } from '@umbel/app/execution'
import { encodeJson, NotRegistered, type Embed, parseTask, type TaskBody } from '@umbel/protocol'
import type { Executor, Host, Job, Outcome } from '@umbel/pool'
import { failpoint, toError } from '@umbel/runtime'
import { runErrbacks } from './errbacks.js'
import { failureOutcome, toOutcome } from './outcome.js'
import { taskLogger } from './task-logger.js'
import { taskSignal } from './task-signal.js'

export interface TaskExecutorOptions {
  readonly host: Host
  readonly hostname: string
}

/** Decodes a message, runs its task and answers in plain data. */
export class TaskExecutor implements Executor {
  readonly #app: Umbel
  readonly #options: TaskExecutorOptions

  constructor(app: Umbel, options: TaskExecutorOptions) {
    this.#app = app
    this.#options = options
  }

  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const parsed = parseTask(job.message, this.#app.services.codecs())
    let body: TaskBody
    try {
      body = parsed.decodeBody()
    } catch (thrown) {
      return { kind: 'undecodable', reason: toError(thrown).message }
    }
    const request = createRequest(parsed, body, { hostname: this.#options.hostname, delivery: job.delivery })
    return await this.#perform(request, signal)
  }

  async #perform(request: TaskRequest, signal: AbortSignal): Promise<Outcome> {
    const task = this.#app.tasks.find(request.task)
    if (task === undefined) return failureOutcome(new NotRegistered(request.task), { request })
    const { definition } = task
    const children: [] = []
    const logger = taskLogger(this.#options.host, request)
    const shared = { definition, request, logger, clock: this.#app.services.clock, random: this.#app.services.random }
    const bound = createBoundTask({
      ...shared,
      signal: taskSignal(signal),
      backend: () => this.#app.services.gateway().backend(),
      addToChord: (current, signature) => this.#app.services.addToChord(current, signature)
    })
    failpoint('mid-task')
    const outcome = await execute({ ...shared, bound, children })
    const report = toOutcome(this.#app, outcome, { definition, request, children })
    const errbacks =
      report.kind === 'failure' ? await runErrbacks(this.#app, request, { outcome, logger }) : request.errbacks
    return { ...report, ...embedOf({ ...request, errbacks }) }
  }
}

/** What follows from the task, where anything does. */
function embedOf({ callbacks, errbacks, chain, chord }: Embed): { embed?: string } {
  const nothing = !callbacks?.length && !errbacks?.length && !chain?.length && !chord
  return nothing ? {} : { embed: encodeJson({ callbacks, errbacks, chain, chord }) }
}
