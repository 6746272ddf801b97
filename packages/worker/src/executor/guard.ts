import { type CurrentExecution, outermostExecution } from '@umbel/app/execution'
import type { Host } from '@umbel/pool'
import { toError } from '@umbel/runtime'
import { TaskExitError } from './errors.js'
import { taskLogger } from './task-logger.js'

const GUARD = Symbol.for('umbel.guard')

export interface GuardOptions {
  readonly host: Host
  /** process.exit is refused to: every task, or those whose outcome is known (their thread may end for the others). */
  readonly refuseExit: 'tasks' | 'leftovers'
  /** Errors that are no task's are a line in the log too; else they end the process, as they do in Node. */
  readonly surviveAll: boolean
}

/**
 * Keeps tasks from ending the process or thread that they share. An error that nobody hears is its task's failure while
 * the body is awaited, else a line in the log; so is a rejection that was left behind. Code outside of tasks sees no
 * difference. Answers how to undo it.
 */
export function guardProcess(options: GuardOptions): () => void {
  const restoreExit = guardExit(options)
  const onRejection = guardian('unhandledRejection', reason => hearRejection(options, reason))
  const onException = guardian('uncaughtException', thrown => hearException(options, thrown))
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
  return () => {
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onException)
    restoreExit()
  }
}

function guardExit({ refuseExit }: GuardOptions): () => void {
  const { exit } = process
  let active = true
  const guarded = (code?: number | string | null): never => {
    const execution = active ? outermostExecution() : undefined
    if (execution === undefined || (refuseExit === 'leftovers' && execution.over !== true)) return exit(code)
    const { name, request } = execution.task
    throw new TaskExitError(
      `task ${name}[${request.id}] called process.exit(${code ?? ''}), which would have ended the worker`
    )
  }
  process.exit = guarded
  return () => {
    active = false
    if (process.exit === guarded) process.exit = exit
  }
}

type Event = 'unhandledRejection' | 'uncaughtException'

/** Of several workers in one process the first one hears. */
function guardian(event: Event, hear: (thrown: unknown) => void): (thrown: unknown) => void {
  const listener = (thrown: unknown): void => {
    if (process.listeners(event as 'uncaughtException').find(isGuard) === listener) hear(thrown)
  }
  return Object.assign(listener, { [GUARD]: true })
}

function hearRejection(options: GuardOptions, reason: unknown): void {
  const execution = outermostExecution()
  if (execution === undefined) hearStranger(options, 'unhandledRejection', reason)
  else say(options, execution, { what: 'a promise that a task left behind was rejected and nobody handled it', reason })
}

function hearException(options: GuardOptions, thrown: unknown): void {
  const execution = outermostExecution()
  if (execution === undefined) hearStranger(options, 'uncaughtException', thrown)
  else if (execution.over !== true && execution.fail !== undefined) execution.fail(toError(thrown))
  else say(options, execution, { what: 'code that a task left behind threw an error', reason: thrown })
}

/** It is no task's: others may listen; if nobody does, it ends the process as it would have without a worker. */
function hearStranger({ host, surviveAll }: GuardOptions, event: Event, thrown: unknown): void {
  const error = toError(thrown)
  if (surviveAll) return host.notify('stray-error', { message: error.message, stack: error.stack })
  if (!process.listeners(event as 'uncaughtException').every(isGuard)) return
  for (const listener of process.listeners('uncaughtException').filter(isGuard))
    process.off('uncaughtException', listener)
  process.nextTick(() => {
    throw error
  })
}

function say(
  { host }: GuardOptions,
  { task: { request } }: CurrentExecution,
  { what, reason }: { what: string; reason: unknown }
): void {
  const { stack, message } = toError(reason)
  taskLogger(host, request).error(`${what}: ${stack ?? message}`)
}

function isGuard(listener: object): boolean {
  return GUARD in listener
}
