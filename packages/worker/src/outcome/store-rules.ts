import type { WorkerRequest } from '../consume/request.js'

export interface StoreRules {
  /** The application has no result store; a task may have one of its own. */
  readonly disabled: boolean
  /** task_ignore_result */
  readonly ignoreResult: boolean
  /** task_store_errors_even_if_ignored */
  readonly storeErrorsEvenIfIgnored: boolean
  /** task_track_started */
  readonly trackStarted: boolean
}

/** The message decides, then the task, then the settings. (trap 13) */
export function storesResult(request: WorkerRequest, rules: StoreRules): boolean {
  const { parsed, definition } = request
  const ignored = parsed.headers.ignoreResult ?? definition?.settings.ignoreResult ?? rules.ignoreResult
  return !ignored && hasStore(request, rules)
}

function hasStore({ taskWithStore }: WorkerRequest, { disabled }: StoreRules): boolean {
  return !disabled || taskWithStore !== undefined
}

export function storeErrors(request: WorkerRequest, rules: StoreRules): boolean {
  if (!hasStore(request, rules)) return false
  const { storeErrorsEvenIfIgnored } = request.definition?.settings ?? {}
  return storesResult(request, rules) || (storeErrorsEvenIfIgnored ?? rules.storeErrorsEvenIfIgnored)
}

/** Somebody would hear of its failure: a client, or a chord. */
export function tellsFailure(request: WorkerRequest, rules: StoreRules): boolean {
  return storeErrors(request, rules) || (!rules.disabled && request.parsed.headers.group !== null)
}

export function tracksStart(request: WorkerRequest, rules: StoreRules): boolean {
  return (request.definition?.settings.trackStarted ?? rules.trackStarted) && storesResult(request, rules)
}
