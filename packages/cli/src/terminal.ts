import type { CliEnvironment, OutputStream } from './environment.js'

const CODES = { red: 31, yellow: 33, cyan: 36 } as const
export type Color = keyof typeof CODES

export interface TerminalOptions {
  /** `-C` or NO_COLOR: never paint. */
  readonly noColor: boolean
  /** `-q`: no banner, no hints. */
  readonly quiet: boolean
}

/** Where the command speaks. */
export class Terminal {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly quiet: boolean
  readonly #noColor: boolean

  constructor({ stdout, stderr }: CliEnvironment, { noColor, quiet }: TerminalOptions) {
    this.stdout = stdout
    this.stderr = stderr
    this.quiet = quiet
    this.#noColor = noColor
  }

  /** What was asked for. */
  print(text: string, color?: Color): void {
    this.stdout.write(`${this.#paint(text, color, this.stdout)}\n`)
  }

  /** What went wrong. */
  complain(text: string): void {
    this.stderr.write(`${this.#paint(text, 'red', this.stderr)}\n`)
  }

  /** What a person may want to know; silent with `-q`. */
  hint(text: string): void {
    if (!this.quiet) this.stderr.write(`${this.#paint(text, 'yellow', this.stderr)}\n`)
  }

  colored(stream: OutputStream): boolean {
    return !this.#noColor && stream.isTTY === true
  }

  #paint(text: string, color: Color | undefined, stream: OutputStream): string {
    return color !== undefined && this.colored(stream) ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text
  }
}
