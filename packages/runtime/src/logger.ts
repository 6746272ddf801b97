/** What a line is about, for machines. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where log lines go: the shape only, so that anything with these methods fits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  critical(message: string, fields?: LogFields): void
}

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  critical: ignore
})

function ignore(): void {}
