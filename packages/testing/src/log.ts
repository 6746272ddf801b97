import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '@umbel/runtime'
import { createLogger, type LogLevelName } from '@umbel/worker'

/** Lines in Celery's form, to standard error or added to a file. Nothing stays open. */
export function openLog(level: LogLevelName, logfile: string | undefined): Logger {
  const destination = logfile === undefined ? process.stderr : fileDestination(logfile)
  return createLogger({ level, format: 'text', destination, now: Date.now, processName: 'MainProcess' })
}

function fileDestination(path: string): { write(line: string): void } {
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, '')
  return { write: line => appendFileSync(path, line) }
}
