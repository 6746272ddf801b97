import { Ignore, Reject, SoftTimeLimitExceeded } from '@umbel/protocol'
import { type Clock, describe, type Logger, toError } from '@umbel/runtime'
import { ArgumentsError } from '../errors.js'
import { bindArguments } from '../task/arguments.js'
import type { BoundTask, TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import { matchesError } from '../task/matching.js'
import { TaskReplaced, TaskRetry } from './control-flow.js'
import { type CurrentExecution, runAsCurrent } from './current.js'
import type { TaskOutcome } from './outcome.js'
import { automaticDelay, planRetry } from './retry.js'

export interface Execution {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly bound: BoundTask
  readonly children: CurrentExecution['children']
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  /** Aborted already: the body does not begin. */
  readonly signal?: AbortSignal
  /** Writes the value as JSON. What it throws is the task's failure, not a result that never comes. */
  readonly encode?: (value: unknown) => string
}

/** Runs a task's body with its hooks and says what became of it; never rejects. */
export async function execute(execution: Execution): Promise<TaskOutcome> {
  const outcome = await runAsCurrent({ task: execution.bound, children: execution.children }, () => attempt(execution))
  if (hasHooks(execution.definition)) await runHooks(execution, outcome)
  return outcome
}

async function attempt(execution: Execution): Promise<TaskOutcome> {
  let value: unknown
  try {
    value = await perform(execution)
  } catch (thrown) {
    return classify(execution, thrown)
  }
  return succeed(execution, value)
}

function succeed(execution: Execution, value: unknown): TaskOutcome {
  const { encode } = execution
  try {
    return encode === undefined ? { kind: 'success', value } : { kind: 'success', value, text: encode(value) }
  } catch (thrown) {
    return failure(execution, toError(thrown))
  }
}

async function perform({ definition, request, bound, signal }: Execution): Promise<unknown> {
  const { settings, body } = definition
  const args = positional(definition, request)
  await settings.beforeStart?.(bound, request.args, request.kwargs)
  if (signal?.aborted === true) bound.signal.throwIfAborted()
  return await (settings.bind ? body(bound, ...args) : body(...args))
}

/** A call that does not fit is the task's TypeError, as in Python. */
function positional({ name, settings, required }: TaskDefinition, { args, kwargs }: TaskRequest): readonly unknown[] {
  try {
    return bindArguments({ name, params: settings.params, required, typing: settings.typing }, args, kwargs)
  } catch (error) {
    throw error instanceof ArgumentsError ? new TypeError(error.message) : error
  }
}

function classify(execution: Execution, thrown: unknown): TaskOutcome {
  if (thrown instanceof TaskRetry) return { kind: 'retry', plan: thrown.plan }
  if (thrown instanceof TaskReplaced) return { kind: 'replaced', by: thrown.by }
  if (thrown instanceof Ignore) return { kind: 'ignore' }
  if (thrown instanceof Reject) return { kind: 'reject', requeue: thrown.requeue, reason: describe(thrown.reason) }
  const error = toError(thrown)
  return retriedAutomatically(execution, error) ?? failure(execution, error)
}

function retriedAutomatically(execution: Execution, error: Error): TaskOutcome | undefined {
  const { autoretryFor, dontAutoretryFor, retryKwargs } = execution.definition.settings
  if (!matchesError(error, autoretryFor) || matchesError(error, dontAutoretryFor)) return undefined
  try {
    const plan = planRetry(execution, {
      exc: error,
      countdown: automaticDelay(execution),
      ...pickMaxRetries(retryKwargs)
    })
    return { kind: 'retry', plan }
  } catch (last) {
    return failure(execution, toError(last))
  }
}

function pickMaxRetries({ maxRetries }: { readonly maxRetries?: number | null }): { maxRetries?: number | null } {
  return maxRetries === undefined ? {} : { maxRetries }
}

function failure({ definition }: Execution, error: Error): TaskOutcome {
  return { kind: 'failure', error, expected: matchesError(error, definition.settings.throws) }
}

function hasHooks({ settings }: TaskDefinition): boolean {
  return [settings.onSuccess, settings.onFailure, settings.onRetry, settings.afterReturn].some(
    hook => hook !== undefined
  )
}

async function runHooks(execution: Execution, outcome: TaskOutcome): Promise<void> {
  const { definition, bound, request } = execution
  const { onSuccess, onFailure, onRetry, afterReturn } = definition.settings
  await guarded(execution, async () => {
    if (outcome.kind === 'success') await onSuccess?.(bound, outcome.value, request.args, request.kwargs)
    if (outcome.kind === 'failure') await onFailure?.(bound, outcome.error, info(outcome.error))
    if (outcome.kind === 'retry')
      await onRetry?.(bound, outcome.plan.error ?? new Error('retry'), info(outcome.plan.error))
  })
  await guarded(execution, async () => {
    if (outcome.kind === 'success') await afterReturn?.(bound, 'SUCCESS', outcome.value)
    if (outcome.kind === 'failure') await afterReturn?.(bound, 'FAILURE', outcome.error)
  })
}

/** A hook must not change what became of the task. */
async function guarded({ definition, logger }: Execution, hook: () => Promise<void>): Promise<void> {
  try {
    await hook()
  } catch (thrown) {
    logger.error(`a hook of task ${definition.name} failed: ${describe(toError(thrown).stack)}`)
  }
}

function info(error: Error | undefined): { error: Error; traceback: string } {
  const known = error ?? new Error('retry')
  return { error: known, traceback: known.stack ?? known.message }
}

/** The error that a task's signal bears once its soft time limit has passed. */
export function softTimeLimitExceeded(): SoftTimeLimitExceeded {
  return new SoftTimeLimitExceeded()
}
