import { isReady, type TaskState, UNREADY_STATES } from '@umbel/protocol'

/**
 * May a stored state be replaced by a new one? SUCCESS stays for good; FAILURE and REVOKED yield only to another
 * final state (a retry that succeeds elsewhere, a late revoke); so does ABORTED, the wish that a task end by itself. A state
 * of the task's own stays when STARTED comes: that is written beside the body, which may be the quicker one. Everything else
 * yields to anything. `undefined` = nothing is stored. A write that may not happen is dropped without an error, as in Celery.
 */
export function mayReplace(stored: TaskState | undefined, next: TaskState): boolean {
  if (stored === 'ABORTED') return isReady(next)
  if (stored === undefined || UNREADY_STATES.has(stored)) return true
  if (!isReady(stored)) return next !== 'STARTED'
  return stored !== 'SUCCESS' && isReady(next)
}
