import type { AbortReason, EndReason, Executed, Executor, Job, Report } from './contract.js'
import { JobAbortedError } from './errors.js'
import { failureReport } from './failure.js'
import { LazyAbort } from './job-abort.js'

interface Running {
  readonly job: Job
  readonly abort: LazyAbort
  readonly since: number
  /** Reported; this is still to run. */
  conclude?: () => Promise<void>
}

/** Jobs are started this long, then the event loop gets a turn: what finished can be reported. Milliseconds. */
const SLICE = 5

/** Who is told of the jobs. */
export interface JobObserver {
  report(report: Report): void
  concluded(key: string): void
}

/** Runs jobs on one executor, in its thread. Each job taken and not forgotten is reported once. */
export class JobRunner {
  readonly #executor: Executor
  readonly #observer: JobObserver
  readonly #running = new Map<string, Running>()
  #waiting: Running[] = []
  #scheduled = false

  constructor(executor: Executor, observer: JobObserver) {
    this.#executor = executor
    this.#observer = observer
  }

  /** Jobs taken that are neither done nor forgotten. */
  get size(): number {
    return this.#running.size
  }

  get keys(): readonly string[] {
    return [...this.#running.keys()]
  }

  has(key: string): boolean {
    return this.#running.has(key)
  }

  /** Makes the jobs its own, to be started by `start`. */
  take(jobs: readonly Job[]): void {
    const since = performance.now()
    for (const job of jobs) {
      const running: Running = { job, abort: new LazyAbort(), since }
      this.#running.set(job.key, running)
      this.#waiting.push(running)
    }
  }

  /** Starts what was taken; not all in one turn if that takes long. */
  start(): void {
    if (!this.#scheduled) this.#startSome()
  }

  abort(key: string, reason: AbortReason | EndReason): void {
    this.#running.get(key)?.abort.abort(new JobAbortedError(reason))
  }

  /** Runs what a reported job left for after its outcome is recorded. */
  conclude(key: string): void {
    const running = this.#running.get(key)
    const { conclude } = running ?? {}
    if (running === undefined || conclude === undefined) return
    delete running.conclude
    void this.#conclude(running, conclude)
  }

  /** What becomes of the job is not reported. Answers how long it has run, seconds; nothing if it does not run. */
  forget(key: string): number | undefined {
    const running = this.#running.get(key)
    this.#running.delete(key)
    return running === undefined ? undefined : secondsSince(running.since)
  }

  #startSome(): void {
    this.#scheduled = false
    const until = performance.now() + SLICE
    const waiting = this.#waiting
    this.#waiting = []
    let started = 0
    for (const running of waiting) {
      if (this.#owns(running)) void this.#perform(running)
      started++
      if (performance.now() > until) break
    }
    if (started < waiting.length) this.#startLater(waiting.slice(started))
  }

  #startLater(rest: readonly Running[]): void {
    this.#waiting = [...rest, ...this.#waiting]
    this.#scheduled = true
    setImmediate(() => this.#startSome())
  }

  async #perform(running: Running): Promise<void> {
    const { key } = running.job
    const since = performance.now()
    let report: Report
    try {
      const executed = await this.#executor.run(running.job, running.abort)
      const runtime = secondsSince(since)
      if (executed.conclude !== undefined) return this.#reportFirst(running, executed, runtime)
      // The spread last: what is added to a copy costs V8 2 µs, a copy into what is there 0.1.
      report = { key, runtime, ...executed }
    } catch (thrown) {
      report = failureReport({ key, runtime: secondsSince(since) }, 'RuntimeError', thrown)
    }
    if (!this.#owns(running)) return
    this.#running.delete(key)
    this.#observer.report(report)
  }

  /** Apart, as to take a field away is slow and few jobs have hooks. */
  #reportFirst(running: Running, { conclude, ...outcome }: Executed, runtime: number): void {
    if (!this.#owns(running) || conclude === undefined) return
    running.conclude = conclude
    this.#observer.report({ ...outcome, key: running.job.key, runtime, concluding: true })
  }

  async #conclude(running: Running, conclude: () => Promise<void>): Promise<void> {
    await conclude().catch(() => undefined)
    if (!this.#owns(running)) return
    this.#running.delete(running.job.key)
    this.#observer.concluded(running.job.key)
  }

  #owns(running: Running): boolean {
    return this.#running.get(running.job.key) === running
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}
