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
  const { definition, request, logger } = parts
  return {
    name: definition.name,
    request,
    maxRetries: definition.settings.maxRetries,
    get signal() {
      return parts.signal
    },
    logger,
    retry: retryOf(parts),
    replace: (signature): never => {
      throw new TaskReplaced(replaceable(signature))
    },
    updateState: update => updateState(parts, update),
    isAborted: async () => (await (await parts.backend()).load([request.id]))[0]?.status === ABORTED,
    addToChord: async signature => {
      await parts.addToChord(request, signature)
    }
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
  { request, clock, backend }: BoundTaskParts,
  {
    state,
    meta = null,
    taskId = request.id
  }: { readonly state: string; readonly meta?: unknown; readonly taskId?: string }
): Promise<void> {
  const record = createResultMeta(
    state,
    { result: meta },
    { taskId, now: clock.now(), groupId: request.group, parentId: request.parentId }
  )
  const [error] = await (await backend()).store([record])
  if (error !== undefined) throw error
}
