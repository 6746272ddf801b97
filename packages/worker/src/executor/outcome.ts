import type { Umbel } from '@umbel/app'
import {
  composeRetry,
  type RetryPlan,
  type TaskDefinition,
  type TaskOutcome,
  type TaskRequest
} from '@umbel/app/execution'
import { encodeJson, errorRepr, errorToData, type ResultTuple, saferepr, tracebackOf } from '@umbel/protocol'
import type { Outcome } from '@umbel/pool'
import { toError } from '@umbel/runtime'

export interface OutcomeContext {
  readonly definition: TaskDefinition
  readonly request: TaskRequest
  readonly children: readonly ResultTuple[]
}

/** The outcome as plain data: values become JSON text, errors Celery's dictionaries. */
export function toOutcome(app: Umbel, outcome: TaskOutcome, context: OutcomeContext): Outcome {
  const plain = kindOf(app, outcome, context)
  const { children, definition } = context
  return children.length === 0 || !definition.settings.trail ? plain : { ...plain, children }
}

function kindOf(app: Umbel, outcome: TaskOutcome, context: OutcomeContext): Outcome {
  switch (outcome.kind) {
    case 'success':
      return successOutcome(outcome, context)
    case 'failure':
      return failureOutcome(outcome.error, outcome.expected)
    case 'retry':
      return retryOrFailure(app, outcome.plan, context)
    case 'replaced':
      return { kind: 'replaced', by: outcome.by.toJSON() }
    default:
      return outcome
  }
}

function successOutcome(
  { value, text }: Extract<TaskOutcome, { kind: 'success' }>,
  { definition }: OutcomeContext
): Outcome {
  const maxLength = definition.settings.resultreprMaxsize
  return { kind: 'success', result: text ?? encodeJson(value ?? null), repr: saferepr(value ?? null, { maxLength }) }
}

export function failureOutcome(error: Error, expected = false): Outcome {
  return { kind: 'failure', error: errorToData(error), traceback: tracebackOf(error), repr: errorRepr(error), expected }
}

/** Arguments that cannot be written are the task's failure, not a retry that never comes. */
function retryOrFailure(app: Umbel, plan: RetryPlan, context: OutcomeContext): Outcome {
  try {
    return retryOutcome(app, plan, context)
  } catch (thrown) {
    return failureOutcome(toError(thrown))
  }
}

function retryOutcome(app: Umbel, plan: RetryPlan, { definition, request }: OutcomeContext): Outcome {
  const { message, exchange, routingKey } = composeRetry(app.services.composeEnvironment(), request, {
    definition,
    plan
  })
  const { error } = plan
  return {
    kind: 'retry',
    message,
    exchange,
    routingKey,
    notBefore: plan.due,
    error: error === undefined ? null : errorToData(error),
    traceback: error === undefined ? '' : tracebackOf(error),
    repr: `Retry in ${plan.delay}s${error === undefined ? '' : `: ${errorRepr(error)}`}`
  }
}
