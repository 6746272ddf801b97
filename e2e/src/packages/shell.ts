import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '../until.js'
import { strangersEnvironment } from './places.js'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A line as typed into a shell, running in a process group of its own. */
export class Shell {
  readonly line: string
  readonly #child: ChildProcess
  readonly #ended: Promise<Ended>
  #end: Ended | undefined
  #stdout = ''
  #stderr = ''

  constructor(line: string, { cwd, input = '' }: { readonly cwd: string; readonly input?: string }) {
    this.line = line
    // With exec no shell stands between its process and a signal.
    this.#child = spawn('sh', ['-c', `exec ${line}`], { cwd, env: strangersEnvironment(), detached: true })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    // It may end without reading.
    this.#child.stdin?.on('error', () => undefined).end(input)
    // 'close', not 'exit': by then everything it printed is here.
    this.#ended = new Promise(resolve => this.#child.once('close', (code, signal) => resolve({ code, signal })))
    void this.#ended.then(end => {
      this.#end = end
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  /** Standard output, then standard error. */
  get output(): string {
    return this.#stdout + this.#stderr
  }

  /** Waits until it printed what `pattern` describes. @throws Error when it ended before, or time is up */
  async prints(pattern: RegExp, seconds = 20): Promise<void> {
    await until(
      () => {
        if (pattern.test(this.output)) return true
        if (this.#end !== undefined) throw new Error(`${this.line} ended without ${pattern}:\n${this.output}`)
        return undefined
      },
      { seconds, describe: () => `${this.line} did not print ${pattern}:\n${this.output}` }
    )
  }

  async exit(seconds = 20): Promise<Ended> {
    await until(() => this.#end, { seconds, describe: () => `${this.line} still runs:\n${this.output}` })
    return await this.#ended
  }

  /** A signal to the whole group, as Ctrl-C in a terminal. */
  signal(name: NodeJS.Signals): void {
    if (this.#end === undefined && this.#child.pid !== undefined) process.kill(-this.#child.pid, name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#ended
  }
}

/** What a line prints on standard output. @throws Error with all that it printed when its exit code is not 0 */
export async function shell(line: string, cwd: string, input?: string): Promise<string> {
  const running = new Shell(line, { cwd, ...(input === undefined ? {} : { input }) })
  try {
    const { code, signal } = await running.exit(120)
    if (code !== 0) throw new Error(`${line} ended with ${signal ?? `code ${code}`}:\n${running.output}`)
    return running.stdout
  } finally {
    await running.kill()
  }
}
