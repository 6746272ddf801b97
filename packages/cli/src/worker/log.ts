import type { Logger } from '@umbel/runtime'
import { createLogger, type LogLevelName } from '@umbel/worker'
import pino from 'pino'
import type { Terminal } from '../terminal.js'

export interface LogOptions {
  readonly terminal: Terminal
  readonly level: LogLevelName
  readonly format: 'text' | 'json'
  readonly logfile: string | undefined
  /** The banner comes before any line. */
  readonly beforeFirstLine: () => void
}

export interface WorkerLog {
  readonly logger: Logger
  close(): void
}

/** Log lines go to standard error, or to a file. */
export function openLog({ terminal, level, format, logfile, beforeFirstLine }: LogOptions): WorkerLog {
  const file = logfile === undefined ? undefined : pino.destination(fileOptions(logfile))
  const target = file ?? terminal.stderr
  const write = (line: string): void => {
    beforeFirstLine()
    target.write(line)
  }
  const colored = file === undefined && terminal.colored(terminal.stderr)
  const destination = { write }
  return {
    logger: createLogger({ level, format, destination, now: Date.now, processName: 'MainProcess', colored }),
    close: () => file?.end()
  }
}

function fileOptions(dest: string): Parameters<typeof pino.destination>[0] {
  return { dest, append: true, mkdir: true, sync: true }
}
