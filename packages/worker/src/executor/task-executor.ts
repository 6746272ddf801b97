import type { Umbel } from '@umbel/app'
import {
  type BoundTaskParts,
  createBoundTask,
  createRequest,
  execute,
  hooksAfter,
  outermostExecution,
  type TaskRequest
} from '@umbel/app/execution'
import { encodeJson, type Embed, NotRegistered, parseTask, type ResultTuple, type TaskBody } from '@umbel/protocol'
import type { Executed, Executor, Host, Job } from '@umbel/pool'
import { failpoint, toError } from '@umbel/runtime'
import { runErrbacks } from './errbacks.js'
import { failureOutcome, toOutcome } from './outcome.js'
import { taskLogger } from './task-logger.js'
import { taskSignal } from './task-signal.js'

export interface TaskExecutorOptions {
  readonly host: Host
  readonly hostname: string
  readonly loglevel?: string | undefined
  readonly logfile?: string | undefined
  /** Called when it is closed. */
  readonly closed?: () => void
}

type TaskDefinition = BoundTaskParts['definition']

/** Decodes a message, runs its task and answers in plain data. */
export class TaskExecutor implements Executor {
  readonly #app: Umbel
  readonly #options: TaskExecutorOptions

  constructor(app: Umbel, options: TaskExecutorOptions) {
    this.#app = app
    this.#options = options
  }

  async run(job: Job, signal: AbortSignal): Promise<Executed> {
    const parsed = parseTask(job.message, this.#app.services.codecs())
    let body: TaskBody
    try {
      body = parsed.decodeBody()
    } catch (thrown) {
      return { kind: 'undecodable', reason: toError(thrown).message }
    }
    const { hostname, loglevel, logfile } = this.#options
    const { delivery, message } = job
    const { properties } = message
    const request = createRequest(parsed, body, { hostname, loglevel, logfile, delivery, properties })
    const task = this.#app.tasks.find(request.task)
    if (task === undefined) return failureOutcome(new NotRegistered(request.task))
    return await this.#perform(task.definition, request, { key: job.key, signal })
  }

  current(): string | undefined {
    return outermostExecution()?.key
  }

  async close(): Promise<void> {
    this.#options.closed?.()
  }

  async #perform(
    definition: TaskDefinition,
    request: TaskRequest,
    { key, signal }: { key: string; signal: AbortSignal }
  ): Promise<Executed> {
    const parts = this.#partsOf(definition, request, signal)
    const { logger, clock, random } = parts
    const children = request.children as ResultTuple[]
    const bound = createBoundTask(parts)
    failpoint('mid-task')
    const execution = { definition, request, logger, clock, random, bound, children, key, signal, encode }
    const outcome = await execute(execution)
    const conclude = hooksAfter(execution, outcome)
    const report = { ...toOutcome(this.#app, outcome, { definition, request, children }), conclude }
    if (!hasEmbed(request)) return report
    const errbacks = await runErrbacks(this.#app, request, { outcome, logger })
    return { ...report, embed: embedText({ ...request, errbacks }) }
  }

  #partsOf(definition: TaskDefinition, request: TaskRequest, signal: AbortSignal): BoundTaskParts {
    const { services } = this.#app
    let own: AbortSignal | undefined
    return {
      definition,
      request,
      logger: taskLogger(this.#options.host, request),
      clock: services.clock,
      random: services.random,
      backend: () => services.gateway().backend(),
      resend: (current, plan) => services.resend(definition, current, plan),
      addToChord: (current, signature) => services.addToChord(current, signature),
      get signal() {
        return (own ??= taskSignal(signal))
      }
    }
  }
}

function encode(value: unknown): string {
  return encodeJson(value ?? null)
}

function hasEmbed({ callbacks, errbacks, chain, chord }: Embed): boolean {
  return Boolean(callbacks?.length || errbacks?.length || chain?.length || chord)
}

function embedText({ callbacks, errbacks, chain, chord }: Embed): string {
  return encodeJson({ callbacks, errbacks, chain, chord })
}
