import { describe, toError } from '@umbel/runtime'
import type { ErrorInfo } from '../task/hooks.js'
import { type CurrentExecution, orFail, runAsCurrent } from './current.js'
import type { Execution } from './execute.js'
import type { TaskOutcome } from './outcome.js'

type Hook = () => void | Promise<void>

/**
 * What is to run once the outcome is recorded: on_success, on_failure or on_retry, then after_return. Undefined where
 * the task defines nothing for this outcome. Never rejects: a hook cannot change what became of its task.
 */
export function hooksAfter(execution: Execution, outcome: TaskOutcome): (() => Promise<void>) | undefined {
  const hooks = hooksOf(execution, outcome).filter(hook => hook !== undefined)
  if (hooks.length === 0) return undefined
  return async () => {
    for (const hook of hooks) await guarded(execution, hook)
  }
}

function hooksOf(
  { definition: { settings }, bound, request }: Execution,
  outcome: TaskOutcome
): readonly (Hook | undefined)[] {
  const { onSuccess, onFailure, onRetry, afterReturn } = settings
  switch (outcome.kind) {
    case 'success':
      return [
        onSuccess && (() => onSuccess(bound, outcome.value, request.args, request.kwargs)),
        afterReturn && (() => afterReturn(bound, 'SUCCESS', outcome.value))
      ]
    case 'failure':
      return [
        onFailure && (() => onFailure(bound, outcome.error, info(outcome.error))),
        afterReturn && (() => afterReturn(bound, 'FAILURE', outcome.error))
      ]
    case 'retry': {
      const error = outcome.plan.error ?? new Error('retry')
      return [onRetry && (() => onRetry(bound, error, info(error)))]
    }
    default:
      return []
  }
}

async function guarded({ definition, bound, key }: Execution, hook: Hook): Promise<void> {
  const current: CurrentExecution = { task: bound, children: [], key }
  try {
    await runAsCurrent(current, () => orFail(Promise.resolve(hook()), current))
  } catch (thrown) {
    bound.logger.error(`a hook of task ${definition.name} failed: ${describe(toError(thrown).stack)}`)
  } finally {
    current.over = true
  }
}

function info(error: Error): ErrorInfo {
  return { error, traceback: error.stack ?? error.message }
}
