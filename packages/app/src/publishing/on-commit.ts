import { AsyncLocalStorage } from 'node:async_hooks'
import { toError, UmbelError } from '@umbel/runtime'

/** What was to be done after a commit failed. The transaction itself has committed. `errors`: one for each failure. */
export class OnCommitError extends UmbelError {
  static override readonly code = 'ON_COMMIT'
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    const list = errors.map(({ message }) => message).join('; ')
    super(`the transaction has committed, but ${errors.length} of what was to follow failed: ${list}`, {
      cause: errors[0]
    })
    this.errors = errors
  }
}

type Callback = () => unknown

/** The transaction that this very flow of calls is in. */
const scopes = new AsyncLocalStorage<Callback[]>()

/**
 * Keeps what `onCommit`, `delayOnCommit` and `applyAsyncOnCommit` are given until `work` has resolved: put it around whatever
 * runs a database transaction and resolves when that has committed. When `work` rejects, nothing of it is done. A
 * scope within another is a savepoint: what it keeps waits for the outer one. (django.db.transaction.atomic)
 * @throws what `work` throws; OnCommitError when it resolved and what followed failed
 */
export async function atomic<T>(work: () => T | PromiseLike<T>): Promise<T> {
  const outer = scopes.getStore()
  const kept: Callback[] = []
  const value = await scopes.run(kept, async () => await work())
  if (outer === undefined) await doAll(kept)
  else outer.push(...kept)
  return value
}

/**
 * Calls back when the transaction around it has committed; at once outside of `atomic`. What it returns is awaited.
 * (django.db.transaction.on_commit)
 */
export function onCommit(callback: () => unknown): void {
  const scope = scopes.getStore()
  if (scope === undefined) void callback()
  else scope.push(callback)
}

/** All in one turn, so that what they send travels as one batch; each is tried. */
async function doAll(callbacks: Callback[]): Promise<void> {
  const outcomes = await scopes.exit(() =>
    Promise.allSettled(callbacks.splice(0).map(async callback => await callback()))
  )
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [toError(outcome.reason)] : []))
  if (errors.length > 0) throw new OnCommitError(errors)
}
