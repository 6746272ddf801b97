import { ServiceBase, toError } from '@umbel/runtime'
import type {
  AbortReason,
  EndReason,
  Executor,
  Host,
  Job,
  Pool,
  PoolEvents,
  PoolInfo,
  PoolOptions,
  Report
} from './contract.js'
import { HostCallError, PoolNotRunningError, startError } from './errors.js'
import { JobRunner } from './job-runner.js'
import { loadExecutor } from './load-executor.js'
import { restoreError, toPlainError } from './plain-error.js'
import { PoolOutbox } from './pool-outbox.js'
import { checkJobs, checkSlots } from './settings.js'

/** Runs bodies in the thread of the control side, as many at a time as there are slots. A body cannot be killed here. */
export class InlinePool extends ServiceBase implements Pool {
  readonly name = 'pool'
  readonly #options: PoolOptions
  readonly #outbox: PoolOutbox
  #slots: number
  #executor: Executor | undefined
  #runner: JobRunner | undefined
  #finished = 0
  /** Reported, their conclusion still to come. */
  readonly #concluding = new Set<string>()
  #life: symbol | undefined

  constructor(options: PoolOptions) {
    super()
    this.#options = options
    this.#slots = options.slots
    this.#outbox = new PoolOutbox(options.events, () => this.idle)
  }

  get slots(): number {
    return this.#slots
  }

  get idle(): number {
    return this.#runner === undefined ? 0 : Math.max(0, this.#slots - this.#runner.size)
  }

  run(jobs: readonly Job[]): void {
    const runner = this.#runner
    checkJobs(jobs, { running: runner !== undefined, idle: this.idle, has: key => runner?.has(key) === true })
    if (runner === undefined || jobs.length === 0) return
    runner.take(jobs)
    this.#outbox.slotsChanged()
    queueMicrotask(() => this.#begin(runner, jobs))
  }

  abort(keys: readonly string[], reason: AbortReason): void {
    for (const key of keys) this.#runner?.abort(key, reason)
  }

  conclude(keys: readonly string[]): void {
    for (const key of keys) this.#runner?.conclude(key)
  }

  /** The body goes on, out of sight: its slot is free, and what becomes of it is dropped. */
  end(key: string, reason: EndReason): void {
    this.#runner?.abort(key, reason)
    const runtime = this.#runner?.forget(key)
    if (runtime === undefined) return
    if (this.#concluding.delete(key)) this.#outbox.conclude(key)
    else this.#outbox.report({ key, runtime, kind: 'ended', by: reason })
    this.#outbox.slotsChanged()
  }

  async resize(slots: number): Promise<void> {
    this.#slots = checkSlots(slots)
    this.#outbox.slotsChanged()
  }

  info(): PoolInfo {
    const running = this.#runner?.size ?? 0
    const executors = this.#runner ? [{ id: 1, pid: process.pid, running, finished: this.#finished }] : []
    return { implementation: 'inline', slots: this.#slots, running, executors }
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    const { entry, data, events } = this.#options
    const life = Symbol('life')
    this.#life = life
    const loading = loadExecutor(
      entry,
      data,
      hostOf(events, () => life !== this.#life)
    ).catch((thrown: unknown) => {
      throw startError(entry, toError(thrown))
    })
    const executor = await untilAborted(loading, signal)
    this.#executor = executor
    this.#finished = 0
    this.#runner = new JobRunner(executor, {
      report: report => this.#reported(report),
      concluded: key => this.#concluded(key)
    })
  }

  protected override async onStop(): Promise<void> {
    for (const key of this.#runner?.keys ?? []) this.end(key, 'shutdown')
    this.#runner = undefined
    this.#outbox.flush()
    const executor = this.#executor
    this.#executor = undefined
    try {
      await executor?.close?.()
    } finally {
      this.#life = undefined
    }
  }

  #reported(report: Report): void {
    this.#finished++
    if (report.concluding === true) this.#concluding.add(report.key)
    this.#outbox.report(report)
    this.#outbox.slotsChanged()
  }

  #concluded(key: string): void {
    this.#concluding.delete(key)
    this.#outbox.conclude(key)
    this.#outbox.slotsChanged()
  }

  #begin(runner: JobRunner, jobs: readonly Job[]): void {
    if (runner !== this.#runner) return
    const keys = jobs.map(job => job.key)
    this.#options.events.accepted(keys, process.pid, Date.now())
    runner.start()
  }
}

/**
 * The same words as over a border, so that a task sees no difference between pools. A body that was ended may go on
 * after the pool has stopped: by then nobody hears it.
 */
function hostOf(events: PoolEvents, isOver: () => boolean): Host {
  return {
    async call(method, payload) {
      try {
        if (isOver()) throw new PoolNotRunningError('the pool has stopped')
        return await events.call({ method, payload })
      } catch (thrown) {
        throw new HostCallError({ method, cause: restoreError(toPlainError(thrown)) })
      }
    },
    notify(method, payload) {
      if (!isOver()) events.notify(method, payload)
    }
  }
}

/** An import cannot be aborted, but need not be waited for; an executor that comes too late is closed. */
async function untilAborted(loading: Promise<Executor>, signal: AbortSignal): Promise<Executor> {
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => {
      loading.then(executor => executor.close?.()).catch(() => undefined)
      reject(toError(signal.reason))
    }
  })
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([loading, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
