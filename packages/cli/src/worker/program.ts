import { createDeferred, toError } from '@umbel/runtime'
import { Worker, type LogLevelName, type WorkerOptions } from '@umbel/worker'
import { EXIT } from '../exit-codes.js'
import type { Application } from '../session.js'
import type { Terminal } from '../terminal.js'
import { Banner } from './banner.js'
import { openLog, type WorkerLog } from './log.js'
import { PidFile } from './pid-file.js'

export interface ProgramOptions {
  readonly terminal: Terminal
  readonly level: LogLevelName
  readonly format: 'text' | 'json'
  readonly logfile: string | undefined
  readonly pidfile: string | undefined
}

type Shutdown = 'Warm' | 'Cold'

/** Seconds that a cold shutdown may take. */
const COLD_LIMIT = 10
/** Milliseconds in which a second SIGINT is the first one again: npx passes on what the terminal has sent to both. */
const ECHO = 200
/** Seconds after which the banner no longer waits for the broker. */
const BANNER_PATIENCE = 10

/** A worker as a program of its own: signals, banner, log, exit code. (celery.apps.worker) */
export class WorkerProgram {
  readonly #worker: Worker
  readonly #terminal: Terminal
  readonly #banner: Banner
  readonly #log: WorkerLog
  readonly #pidfile: string | undefined
  readonly #ended = createDeferred<number>()
  #shutdown: Shutdown | undefined
  #exitCode: number = EXIT.ok
  #interruptedAt = Number.NEGATIVE_INFINITY

  constructor(application: Application, options: WorkerOptions, program: ProgramOptions) {
    this.#terminal = program.terminal
    this.#pidfile = program.pidfile
    this.#log = openLog({ ...program, beforeFirstLine: () => this.#banner.print() })
    const parts = {
      module: application.location,
      ownsProcess: true,
      loglevel: program.level,
      logfile: program.logfile,
      logger: this.#log.logger,
      prepared: () => this.#banner.prepare(BANNER_PATIENCE),
      failed: (error: Error) => this.#fail(error)
    }
    this.#worker = new Worker(application.app, options, parts)
    this.#banner = new Banner({ application, worker: this.#worker, terminal: program.terminal, level: program.level })
  }

  /** Answers the exit code when the worker has ended: 0 after a warm shutdown, 1 after a cold one or a failure. */
  async run(): Promise<number> {
    const onSignal = (signal: NodeJS.Signals): void => this.#onSignal(signal)
    const pidFile = this.#pidfile === undefined ? undefined : PidFile.acquire(this.#pidfile)
    const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
    for (const signal of signals) process.on(signal, onSignal)
    try {
      await this.#start()
      return await this.#ended.promise
    } finally {
      for (const signal of signals) process.off(signal, onSignal)
      this.#banner.cancel()
      pidFile?.release()
      this.#log.close()
    }
  }

  async #start(): Promise<void> {
    try {
      await this.#worker.start()
      await this.#banner.printConnected()
      this.#log.logger.info(`${this.#worker.hostname} ready.`)
    } catch (thrown) {
      // Stopped while it started: the shutdown answers.
      if (this.#shutdown === undefined) throw thrown
    }
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (signal === 'SIGINT' && this.#isEcho()) return
    const how = signal === 'SIGQUIT' || this.#shutdown !== undefined ? 'Cold' : 'Warm'
    if (this.#shutdown === 'Cold') return
    this.#terminal.print(`\nworker: ${how} shutdown (MainProcess)`)
    if (how === 'Cold') this.#exitCode = EXIT.failure
    this.#end(how)
  }

  #isEcho(): boolean {
    const now = this.#worker.app.services.clock.monotonic()
    const echo = now - this.#interruptedAt < ECHO
    if (!echo) this.#interruptedAt = now
    return echo
  }

  /** The broker stayed away: what runs may end, then so does the worker. */
  #fail(error: Error): void {
    this.#log.logger.critical(`Unrecoverable error: ${error.message}`)
    this.#exitCode = EXIT.failure
    if (this.#shutdown === undefined) this.#end('Warm')
  }

  #end(how: Shutdown): void {
    this.#shutdown = how
    const ending = how === 'Warm' ? this.#worker.stop() : withLimit(this.#worker.terminate(), COLD_LIMIT)
    ending
      .catch((thrown: unknown) => {
        this.#log.logger.error(`The worker did not end in order: ${toError(thrown).message}`)
        this.#exitCode = EXIT.failure
      })
      .finally(() => this.#finish(how))
  }

  /** A warm shutdown that a cold one overtook has no say. */
  #finish(how: Shutdown): void {
    if (this.#shutdown === how) this.#ended.resolve(this.#exitCode)
  }
}

async function withLimit(ending: Promise<void>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not ended after ${seconds} s`)), seconds * 1000)
  })
  try {
    await Promise.race([ending, late])
  } finally {
    clearTimeout(timer)
  }
}
