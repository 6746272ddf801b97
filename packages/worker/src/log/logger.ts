import type { LogFields, Logger } from '@umbel/runtime'
import pino, { type DestinationStream } from 'pino'

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type LogLevelName = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  readonly level: LogLevelName
  /** 'text': Celery's lines. 'json': one object a line. */
  readonly format: 'text' | 'json'
  /** Where lines go. */
  readonly destination: DestinationStream
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly processName: string
  /** Text only: warnings and errors in color. @default false */
  readonly colored?: boolean
}

const PINO_LEVELS = { debug: 'debug', info: 'info', warning: 'warn', error: 'error', critical: 'fatal' } as const

export function createLogger(options: LoggerOptions): Logger {
  return options.format === 'json' ? jsonLogger(options) : textLogger(options)
}

function jsonLogger({ level, destination, processName }: LoggerOptions): Logger {
  const logger = pino(
    { level: PINO_LEVELS[level], base: { process: processName }, timestamp: pino.stdTimeFunctions.isoTime },
    destination
  )
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    critical: (message, fields) => logger.fatal(fields ?? {}, message)
  }
}

/** `[2026-11-21 04:00:00,123: INFO/MainProcess] Task tasks.add[…] received` (worker_log_format) */
function textLogger({ level, destination, now, processName, colored = false }: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(level)
  const write =
    (name: LogLevelName) =>
    (message: string, fields?: LogFields): void => {
      if (LOG_LEVELS.indexOf(name) < least) return
      const line = `[${timestamp(now())}: ${name.toUpperCase()}/${processName}] ${taskPrefix(fields)}${message}`
      destination.write(`${colored ? paint(name, line) : line}\n`)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warning'),
    error: write('error'),
    critical: write('critical')
  }
}

/** (celery.utils.log.ColorFormatter) */
function paint(name: LogLevelName, line: string): string {
  const code = { debug: 34, info: undefined, warning: 33, error: 31, critical: 35 }[name]
  return code === undefined ? line : `\u001b[1;${code}m${line}\u001b[0m`
}

/** Lines that a task logged bear its name and id. (worker_task_log_format) */
function taskPrefix(fields: LogFields | undefined): string {
  const { task_id: id, task_name: name } = fields ?? {}
  return typeof id === 'string' && typeof name === 'string' ? `${name}[${id}]: ` : ''
}

function timestamp(milliseconds: number): string {
  const date = new Date(milliseconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`
}
