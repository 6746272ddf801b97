import { isReady, type TaskState } from '@umbel/protocol'

/**
 * May a stored state be replaced by a new one? SUCCESS stays for good; FAILURE and REVOKED yield only to another
 * final state (a retry that succeeds elsewhere, a late revoke); so does ABORTED, the wish that a task end by itself, which
 * its STARTED must not undo; everything else yields to anything. `undefined` = nothing is stored. A write that may not
 * happen is dropped without an error, as in Celery.
 */
export function mayReplace(stored: TaskState | undefined, next: TaskState): boolean {
  if (stored === 'ABORTED') return isReady(next)
  if (stored === undefined || !isReady(stored)) return true
  return stored !== 'SUCCESS' && isReady(next)
}
