import { Ignore, Reject, Retry, SoftTimeLimitExceeded } from '@umbel/protocol'
import { type Clock, describe, toError } from '@umbel/runtime'
import { ArgumentsError } from '../errors.js'
import { bindArguments } from '../task/arguments.js'
import type { BoundTask, TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import { matchesError } from '../task/matching.js'
import { validArguments, validResult } from '../task/validate.js'
import { TaskReplaced, TaskRetry } from './control-flow.js'
import { type CurrentExecution, orFail, runAsCurrent } from './current.js'
import type { TaskOutcome } from './outcome.js'
import { decideReplacement } from './replacement.js'
import { automaticDelay, planRetry } from './retry.js'

export interface Execution {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly bound: BoundTask
  readonly children: CurrentExecution['children']
  /** What the executor calls the job. */
  readonly key?: string
  readonly clock: Clock
  readonly random: () => number
  /** Aborted already: the body does not begin. */
  readonly signal?: Pick<AbortSignal, 'aborted'>
  /** Writes the value as JSON. What it throws is the task's failure, not a result that never comes. */
  readonly encode?: (value: unknown) => string
}

/** Runs a task's body and says what became of it; never rejects. What is to follow it says `hooksAfter`. */
export async function execute(execution: Execution): Promise<TaskOutcome> {
  const { bound, children, key } = execution
  const current: CurrentExecution = { task: bound, children, key }
  const outcome = await runAsCurrent(current, () => attempt(execution, current))
  current.over = true
  return outcome
}

async function attempt(execution: Execution, current: CurrentExecution): Promise<TaskOutcome> {
  let value: unknown
  try {
    const given = perform(execution)
    value = isThenable(given) ? await orFail(given, current) : given
    if (hasResultSchema(execution)) value = await validResult(execution.definition, value)
  } catch (thrown) {
    return thrown instanceof TaskReplaced ? await replace(execution, thrown) : classify(execution, thrown)
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

/** The body's own answer, so that one which waits for nothing costs no promise. */
function perform(execution: Execution): unknown {
  const { definition, request, bound } = execution
  const { beforeStart } = definition.settings
  const args = validArguments(definition, positional(definition, request))
  if (beforeStart === undefined && !isThenable(args)) return begin(execution, args)
  const started = async (): Promise<unknown> => {
    const ready = await args
    await beforeStart?.(bound, request.args, request.kwargs)
    return await begin(execution, ready)
  }
  return started()
}

function begin({ definition: { settings, body }, bound, signal }: Execution, args: readonly unknown[]): unknown {
  if (signal?.aborted === true) bound.signal.throwIfAborted()
  return settings.bind ? body(bound, ...args) : body(...args)
}

function hasResultSchema({ definition }: Execution): boolean {
  return definition.settings.schema?.result !== undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** A call that does not fit is the task's TypeError, as in Python. */
function positional({ name, settings, required }: TaskDefinition, { args, kwargs }: TaskRequest): readonly unknown[] {
  try {
    return bindArguments({ name, params: settings.params, required, typing: settings.typing }, args, kwargs)
  } catch (error) {
    throw error instanceof ArgumentsError ? new TypeError(error.message) : error
  }
}

async function replace(execution: Execution, { by }: TaskReplaced): Promise<TaskOutcome> {
  const { bound, definition } = execution
  try {
    return { kind: 'replaced', by: await decideReplacement(bound, by, definition.settings) }
  } catch (thrown) {
    return classify(execution, thrown)
  }
}

function classify(execution: Execution, thrown: unknown): TaskOutcome {
  if (thrown instanceof TaskRetry) return { kind: 'retry', plan: thrown.plan }
  if (thrown instanceof Ignore) return { kind: 'ignore' }
  // The next attempt is sent already: nothing is known of this one.
  if (thrown instanceof Retry) return { kind: 'ignore' }
  if (thrown instanceof Reject) return { kind: 'reject', requeue: thrown.requeue, reason: describe(thrown.reason) }
  const error = abortedBy(execution.bound, toError(thrown))
  return retriedAutomatically(execution, error) ?? failure(execution, error)
}

/** Node's timers and streams throw an AbortError with the signal's reason as its cause: the task ended for that reason. */
function abortedBy(bound: BoundTask, error: Error): Error {
  if (error.name !== 'AbortError' || !bound.signal.aborted) return error
  return error.cause === bound.signal.reason ? toError(error.cause) : error
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

/** The error that a task's signal bears once its soft time limit has passed. */
export function softTimeLimitExceeded(): SoftTimeLimitExceeded {
  return new SoftTimeLimitExceeded()
}
