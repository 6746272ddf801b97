import { currentTask } from '@umbel/app'
import type { Host } from '@umbel/pool'
import { toError } from '@umbel/runtime'
import { TaskExitError } from './errors.js'

const GUARD = Symbol.for('umbel.guard')

/**
 * Keeps tasks that share the worker's process from ending it: `process.exit` in one is its error, and a rejection that
 * it left behind is a line in the log. Code outside of tasks sees no difference. Answers how to undo it.
 */
export function guardProcess(host: Host): () => void {
  const restoreExit = guardExit()
  const onRejection = Object.assign((reason: unknown): void => hearRejection(host, reason), { [GUARD]: true })
  process.on('unhandledRejection', onRejection)
  return () => {
    process.off('unhandledRejection', onRejection)
    restoreExit()
  }
}

function guardExit(): () => void {
  const { exit } = process
  let active = true
  const guarded = (code?: number | string | null): never => {
    const task = active ? currentTask() : undefined
    if (task === undefined) return exit(code)
    throw new TaskExitError(
      `task ${task.name}[${task.request.id}] called process.exit(${code ?? ''}), which would have ended the worker`
    )
  }
  process.exit = guarded
  return () => {
    active = false
    if (process.exit === guarded) process.exit = exit
  }
}

function hearRejection(host: Host, reason: unknown): void {
  const task = currentTask()
  const { message, stack } = toError(reason)
  if (task !== undefined) host.notify('unhandled-rejection', { message, stack })
  else if (process.listeners('unhandledRejection').every(isGuard)) throw toError(reason)
}

function isGuard(listener: object): boolean {
  return GUARD in listener
}
