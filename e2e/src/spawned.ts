import { type ChildProcess, spawn } from 'node:child_process'
import { until } from './until.js'

export interface SpawnOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** @default node */
  readonly program?: string | undefined
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program as a real process, with all that it printed. */
export class Spawned {
  readonly name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<Exit>
  #exit: Exit | undefined
  #output = ''

  /** Starts `<program> <args>`. */
  constructor(name: string, args: readonly string[], { cwd, env, program = process.execPath }: SpawnOptions) {
    this.name = name
    this.#child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    this.#exited = new Promise(resolve => {
      // 'close', not 'exit': by then everything it printed is here.
      this.#child.once('close', (code, signal) => resolve({ code, signal }))
    })
    void this.#exited.then(exit => {
      this.#exit = exit
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Standard output and standard error together. */
  get output(): string {
    return this.#output
  }

  get running(): boolean {
    return this.#exit === undefined
  }

  /** Waits until it printed what `pattern` describes. @throws Error when it ended before, or time is up */
  async prints(pattern: RegExp, seconds = 15): Promise<RegExpMatchArray> {
    return await until(
      () => {
        const match = this.#output.match(pattern)
        if (match === null && !this.running) throw new Error(`${this.name} ended without ${pattern}:\n${this.#output}`)
        return match ?? undefined
      },
      { seconds, describe: () => `${this.name} did not print ${pattern}:\n${this.#output}` }
    )
  }

  /** How it ended. */
  async exit(seconds = 20): Promise<Exit> {
    await until(() => this.#exit, { seconds, describe: () => `${this.name} still runs:\n${this.#output}` })
    return await this.#exited
  }

  /** Waits for a good end. @throws Error with what it printed when its exit code is not 0 */
  async finished(seconds = 20): Promise<string> {
    const { code, signal } = await this.exit(seconds)
    if (code !== 0) throw new Error(`${this.name} ended with ${signal ?? `code ${code}`}:\n${this.#output}`)
    return this.#output
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Tells it to end, so that it can end what it started itself, and kills it when it does not. */
  async end(seconds = 10): Promise<void> {
    if (!this.running) return
    this.#child.kill('SIGTERM')
    await this.exit(seconds).catch(async () => await this.kill())
  }
}
