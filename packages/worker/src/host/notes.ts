import type { Logger } from '@umbel/runtime'
import type { TaskLogLine } from '../executor/task-logger.js'

/** What executors tell without waiting for an answer: log lines, and the pool's own notes. */
export function hear(logger: Logger, method: string, payload: unknown): void {
  if (method === 'log') return writeLine(logger, payload as TaskLogLine)
  logger.error(`${WORDS[method] ?? method}: ${textOf(payload)}`)
}

const WORDS: Readonly<Record<string, string>> = {
  'unhandled-rejection': 'a promise that a task left behind was rejected and nobody handled it',
  'stray-error': 'an error that nobody handled, of code outside of tasks',
  'close-failed': 'an executor did not close well',
  'unclonable-note': 'an executor said something that cannot leave its thread'
}

function writeLine(logger: Logger, { level, message, fields }: TaskLogLine): void {
  logger[level](message, fields)
}

function textOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return String(payload)
  const { stack, message } = payload as { readonly stack?: unknown; readonly message?: unknown }
  if (typeof stack === 'string') return stack
  return typeof message === 'string' ? message : JSON.stringify(payload)
}
