import type { Umbel } from '@umbel/app'
import {
  type BoundTaskParts,
  createBoundTask,
  createRequest,
  execute,
  hooksAfter,
  outermostExecution,
  type RetryPlan,
  type TaskRequest
} from '@umbel/app/execution'
import type { ResultBackend } from '@umbel/backend'
import type { AnySignature } from '@umbel/canvas'
import { encodeJson, type Embed, NotRegistered, parseTask, type ResultTuple, type TaskBody } from '@umbel/protocol'
import type { Executed, Executor, Host, Job, JobAbort } from '@umbel/pool'
import { type Clock, failpoint, type Logger, toError } from '@umbel/runtime'
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

  async run(job: Job, abort: JobAbort): Promise<Executed> {
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
    return await this.#perform(task.definition, request, { key: job.key, abort })
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
    { key, abort }: { key: string; abort: JobAbort }
  ): Promise<Executed> {
    const parts = new Parts(this.#app, { definition, request }, { host: this.#options.host, abort })
    const { clock, random } = parts
    const children = request.children as ResultTuple[]
    const bound = createBoundTask(parts)
    failpoint('mid-task')
    const execution = { definition, request, clock, random, bound, children, key, signal: abort, encode }
    const outcome = await execute(execution)
    const conclude = hooksAfter(execution, outcome)
    const plain = toOutcome(this.#app, outcome, { definition, request, children })
    const report: Executed = conclude === undefined ? plain : { ...plain, conclude }
    if (!hasEmbed(request)) return report
    const errbacks = await runErrbacks(this.#app, request, { outcome, logger: parts.logger })
    return { ...report, embed: embedText({ ...request, errbacks }) }
  }
}

/** What a body may ask for. A class, as a getter in a literal would cost every task a shape of its own. */
class Parts implements BoundTaskParts {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly #app: Umbel
  readonly #executor: { readonly host: Host; readonly abort: JobAbort }
  #logger: Logger | undefined
  #signal: AbortSignal | undefined

  constructor(
    app: Umbel,
    { definition, request }: Pick<BoundTaskParts, 'definition' | 'request'>,
    executor: { readonly host: Host; readonly abort: JobAbort }
  ) {
    this.#app = app
    this.#executor = executor
    this.definition = definition
    this.request = request
  }

  get logger(): Logger {
    return (this.#logger ??= taskLogger(this.#executor.host, this.request))
  }

  get clock(): Clock {
    return this.#app.services.clock
  }

  get random(): () => number {
    return this.#app.services.random
  }

  get signal(): AbortSignal {
    return (this.#signal ??= taskSignal(this.#executor.abort.signal))
  }

  backend(): Promise<ResultBackend> {
    return this.#app.services.gateway().backend()
  }

  resend(current: TaskRequest, plan: RetryPlan): Promise<unknown> {
    return this.#app.services.resend(this.definition, current, plan)
  }

  addToChord(current: TaskRequest, signature: AnySignature): Promise<ResultTuple> {
    return this.#app.services.addToChord(current, signature)
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
