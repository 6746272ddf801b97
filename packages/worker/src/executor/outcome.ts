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
  const children =
    context.children.length === 0 || !context.definition.settings.trail ? {} : { children: context.children }
  return { ...kindOf(app, outcome, context), ...children }
}

function kindOf(app: Umbel, outcome: TaskOutcome, context: OutcomeContext): Outcome {
  switch (outcome.kind) {
    case 'success':
      return successOutcome(outcome.value, context)
    case 'failure':
      return failureOutcome(outcome.error, context, outcome.expected)
    case 'retry':
      return retryOutcome(app, outcome.plan, context)
    case 'replaced':
      return { kind: 'replaced', by: outcome.by.toJSON() }
    default:
      return outcome
  }
}

/** A value that cannot be written is the task's failure, not a result that never comes. */
function successOutcome(value: unknown, context: OutcomeContext): Outcome {
  try {
    const maxLength = context.definition.settings.resultreprMaxsize
    return { kind: 'success', result: encodeJson(value ?? null), repr: saferepr(value ?? null, { maxLength }) }
  } catch (thrown) {
    return failureOutcome(toError(thrown), context)
  }
}

export function failureOutcome(error: Error, _context: Pick<OutcomeContext, 'request'>, expected = false): Outcome {
  return { kind: 'failure', error: errorToData(error), traceback: tracebackOf(error), repr: errorRepr(error), expected }
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
