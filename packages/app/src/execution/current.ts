import { AsyncLocalStorage } from 'node:async_hooks'
import type { ResultTuple } from '@umbel/protocol'
import type { BoundTask } from '../task/bound.js'

/** One execution under way, as the calls that its body makes see it. */
export interface CurrentExecution {
  readonly task: BoundTask
  /** Tasks that the body sent, in order. */
  readonly children: ResultTuple[]
  /** What the executor calls the job. */
  readonly key?: string | undefined
  /** The execution whose body called this one directly. */
  readonly caller?: CurrentExecution | undefined
  /** Fails it while its body is awaited: for errors that are thrown where the body cannot hear them. */
  fail?: (error: Error) => void
  /** Its outcome is known: what its code still does was left behind. */
  over?: boolean
}

const running = new AsyncLocalStorage<CurrentExecution>()

export function runAsCurrent<T>(execution: CurrentExecution, work: () => T): T {
  return running.run(execution, work)
}

export function currentExecution(): CurrentExecution | undefined {
  return running.getStore()
}

/** The execution that an executor was asked for, however deep direct calls have gone. */
export function outermostExecution(): CurrentExecution | undefined {
  let execution = running.getStore()
  while (execution?.caller !== undefined) execution = execution.caller
  return execution
}

/** The task being executed by this very flow of calls, or undefined outside of any. (app.current_task) */
export function currentTask(): BoundTask | undefined {
  return running.getStore()?.task
}

/** An error in a callback that the work waits for would leave it waiting for ever: whoever hears it calls `fail`. */
export async function orFail(work: PromiseLike<unknown>, current: CurrentExecution): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    current.fail = reject
    work.then(resolve, reject)
  })
}
