import { createResultMeta, type ResultBackend } from '@umbel/backend'
import type { AnySignature } from '@umbel/canvas'
import { type ResultTuple, Retry } from '@umbel/protocol'
import type { Clock, Logger } from '@umbel/runtime'
import { ABORTED } from '../results/abortable-result.js'
import type { BoundTask, RetryOptions, TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import { TaskReplaced, TaskRetry } from './control-flow.js'
import type { RetryPlan } from './outcome.js'
import { replaceable } from './replacement.js'
import { planRetry } from './retry.js'

export interface BoundTaskParts {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly backend: () => Promise<ResultBackend>
  /** Sends the next attempt while this one goes on. */
  readonly resend: (request: TaskRequest, plan: RetryPlan) => Promise<unknown>
  readonly addToChord: (request: TaskRequest, signature: AnySignature) => Promise<ResultTuple>
}

export function createBoundTask(parts: BoundTaskParts): BoundTask {
  return new RunningTask(parts)
}

/** Made once per task, it must be cheap: a getter in a literal would give each a shape of its own. */
class RunningTask implements BoundTask {
  readonly name: string
  readonly request: TaskRequest
  readonly maxRetries: number | null
  readonly #parts: BoundTaskParts

  constructor(parts: BoundTaskParts) {
    const { definition, request } = parts
    this.#parts = parts
    this.name = definition.name
    this.request = request
    this.maxRetries = definition.settings.maxRetries
  }

  get signal(): AbortSignal {
    return this.#parts.signal
  }

  get logger(): Logger {
    return this.#parts.logger
  }

  /** Bound, as bodies take the methods that they need out of the task. */
  get retry(): BoundTask['retry'] {
    return retryOf(this.#parts)
  }

  readonly replace = (signature: AnySignature): never => {
    throw new TaskReplaced(replaceable(signature))
  }

  readonly updateState: BoundTask['updateState'] = update => updateState(this.#parts, update)

  readonly isAborted = async (): Promise<boolean> => {
    const backend = await this.#parts.backend()
    return (await backend.load([this.request.id]))[0]?.status === ABORTED
  }

  readonly addToChord = async (signature: AnySignature): Promise<void> => {
    await this.#parts.addToChord(this.request, signature)
  }
}

function retryOf(parts: BoundTaskParts): BoundTask['retry'] {
  const retry = (options: RetryOptions & { readonly throw?: boolean } = {}): Promise<Retry> => {
    const wanted = new TaskRetry(planRetry(parts, options))
    if (options.throw !== false) throw wanted
    return parts.resend(parts.request, wanted.plan).then(() => new Retry(wanted.message))
  }
  return retry as BoundTask['retry']
}

async function updateState(
  parts: BoundTaskParts,
  {
    state,
    meta = null,
    taskId = parts.request.id
  }: { readonly state: string; readonly meta?: unknown; readonly taskId?: string }
): Promise<void> {
  const { request, clock } = parts
  const record = createResultMeta(
    state,
    { result: meta },
    {
      taskId,
      now: clock.now(),
      groupId: request.group,
      parentId: request.parentId,
      replyTo: request.replyTo,
      task: parts.definition.name
    }
  )
  const [error] = await (await parts.backend()).store([record])
  if (error !== undefined) throw error
}
