import { AsyncLocalStorage } from 'node:async_hooks'
import type { ResultTuple } from '@umbel/protocol'
import type { BoundTask } from '../task/bound.js'

/** One execution under way, as the calls that its body makes see it. */
export interface CurrentExecution {
  readonly task: BoundTask
  /** Tasks that the body sent, in order. */
  readonly children: ResultTuple[]
}

const running = new AsyncLocalStorage<CurrentExecution>()

export function runAsCurrent<T>(execution: CurrentExecution, work: () => T): T {
  return running.run(execution, work)
}

export function currentExecution(): CurrentExecution | undefined {
  return running.getStore()
}

/** The task being executed by this very flow of calls, or undefined outside of any. (app.current_task) */
export function currentTask(): BoundTask | undefined {
  return running.getStore()?.task
}
