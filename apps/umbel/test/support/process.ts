import { type ChildProcess, spawn } from 'node:child_process'
import { createDeferred } from '@umbel/runtime'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Typed in at the start; the input ends behind it. */
  readonly input?: string
}

/** Seconds that anything may take. */
const PATIENCE = 15

/** A program of ours as a real process. */
export class Process {
  readonly #child: ChildProcess
  readonly #ended = createDeferred<Ended>()
  readonly #listeners = new Set<() => void>()
  #stdout = ''
  #stderr = ''
  #isOver = false

  /** Starts `node <args>`. */
  constructor(args: readonly string[], { cwd, env, input = '' }: ProcessOptions) {
    this.#child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' })
    this.#child.stdin?.on('error', () => undefined).end(input)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stdout += text)))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stderr += text)))
    this.#child.once('close', code => {
      this.#hear(() => (this.#isOver = true))
      this.#ended.resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Waits until standard output or standard error holds the text. @throws Error when it ends before, or is late */
  prints(expected: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        settle()
      }
      const look = (): void => {
        const match = expected.exec(this.#stdout) ?? expected.exec(this.#stderr)
        if (match !== null) finish(() => resolve(match))
        else if (this.#isOver) finish(() => reject(this.#problem(`ended without printing ${expected}`)))
      }
      const timer = setTimeout(() => finish(() => reject(this.#problem(`did not print ${expected}`))), PATIENCE * 1000)
      this.#listeners.add(look)
      look()
    })
  }

  async end(): Promise<Ended> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(this.#problem('did not end')), PATIENCE * 1000)
    })
    return await Promise.race([this.#ended.promise, late]).finally(() => clearTimeout(timer))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it, however. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended.promise
  }

  #hear(note: () => void): void {
    note()
    for (const listener of this.#listeners) listener()
  }

  #problem(what: string): Error {
    return new Error(`the process ${what}\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`)
  }
}
