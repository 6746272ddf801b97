import { ServiceBase } from '@umbel/runtime'
import type {
  AbortReason,
  EndReason,
  ExecutorDeath,
  Job,
  Outcome,
  Pool,
  PoolInfo,
  PoolOptions,
  Report
} from './contract.js'
import { Crew } from './crew.js'
import { PoolOutbox } from './pool-outbox.js'
import { checkJobs, checkSlots } from './settings.js'
import type { ExecutorThread } from './thread.js'

/** Runs bodies in worker threads that share the slots. */
export class ThreadPool extends ServiceBase implements Pool {
  readonly name = 'pool'
  readonly #options: PoolOptions
  readonly #outbox: PoolOutbox
  readonly #crew: Crew
  readonly #owners = new Map<string, ExecutorThread>()
  /** Reported, their conclusion still to come. */
  readonly #concluding = new Set<string>()
  #slots: number
  #open = false

  constructor(options: PoolOptions) {
    super()
    this.#options = options
    this.#slots = options.slots
    this.#outbox = new PoolOutbox(options.events, () => this.idle)
    this.#crew = new Crew(options, {
      reported: (_thread, reports) => this.#reported(reports),
      concluded: (_thread, keys) => this.#concluded(keys),
      stuck: thread => this.#stuck(thread),
      ended: (thread, death) => this.#ended(thread, death),
      changed: () => this.#outbox.slotsChanged()
    })
  }

  get slots(): number {
    return this.#slots
  }

  get idle(): number {
    if (!this.#open) return 0
    const room = this.#crew.ready.reduce((sum, thread) => sum + Math.max(0, this.#share - thread.running), 0)
    return Math.max(0, Math.min(room, this.#slots - this.#owners.size))
  }

  run(jobs: readonly Job[]): void {
    checkJobs(jobs, { running: this.#open, idle: this.idle, has: key => this.#owners.has(key) })
    const threads = this.#crew.ready
    for (const job of jobs) {
      const thread = leastLoaded(threads)
      this.#owners.set(job.key, thread)
      thread.run(job)
    }
    this.#outbox.accept(jobs.map(job => job.key))
    this.#outbox.slotsChanged()
  }

  abort(keys: readonly string[], reason: AbortReason): void {
    for (const thread of new Set(keys.map(key => this.#owners.get(key))))
      thread?.abort(
        keys.filter(key => this.#owners.get(key) === thread),
        reason
      )
  }

  conclude(keys: readonly string[]): void {
    for (const key of keys) if (this.#concluding.has(key)) this.#owners.get(key)?.conclude([key])
  }

  end(key: string, reason: EndReason): void {
    const thread = this.#owners.get(key)
    if (thread === undefined) return
    thread.abort([key], reason)
    this.#giveUp(key, { kind: 'ended', by: reason })
    this.#crew.condemn(thread)
  }

  async resize(slots: number): Promise<void> {
    this.#slots = checkSlots(slots)
    if (this.#open) await this.#crew.resize(this.#executors)
    this.#outbox.slotsChanged()
  }

  info(): PoolInfo {
    const executors = this.#crew.all.map(thread => thread.info)
    return { implementation: 'threads', slots: this.#slots, running: this.#owners.size, executors }
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    await this.#crew.start(this.#executors, signal)
    this.#open = true
  }

  protected override async onStop(): Promise<void> {
    this.#endAll()
    await this.#crew.close()
    this.#outbox.flush()
  }

  protected override async onTerminate(): Promise<void> {
    this.#endAll()
    await this.#crew.terminate()
    this.#outbox.flush()
  }

  get #executors(): number {
    return Math.min(this.#options.executors, this.#slots)
  }

  /** Slots that one executor may fill. */
  get #share(): number {
    return Math.ceil(this.#slots / this.#executors)
  }

  #endAll(): void {
    this.#open = false
    this.abort([...this.#owners.keys()], 'shutdown')
    for (const key of [...this.#owners.keys()]) this.#giveUp(key, { kind: 'ended', by: 'shutdown' })
    this.#outbox.flush()
  }

  #reported(reports: readonly Report[]): void {
    for (const report of reports) {
      if (report.concluding === true) this.#concluding.add(report.key)
      else this.#owners.delete(report.key)
      this.#outbox.report(report)
    }
    this.#crew.recovered()
    this.#outbox.flush()
  }

  #concluded(keys: readonly string[]): void {
    for (const key of keys) {
      this.#owners.delete(key)
      this.#concluding.delete(key)
      this.#outbox.conclude(key)
    }
    this.#outbox.slotsChanged()
  }

  #stuck(thread: ExecutorThread): void {
    for (const key of thread.keys) this.#giveUp(key, { kind: 'displaced' })
    void thread.terminate()
  }

  #ended(thread: ExecutorThread, { exitCode, error }: ExecutorDeath): void {
    const reason =
      error === undefined ? `its executor ended with exit code ${exitCode}` : `its executor died: ${error.message}`
    for (const key of thread.keys)
      this.#giveUp(key, thread.isInnocent(key) ? { kind: 'displaced' } : { kind: 'lost', exitCode, reason })
  }

  /** The pool itself says what became of the job; nothing that its executor may still say counts. */
  #giveUp(key: string, outcome: Outcome): void {
    const runtime = this.#owners.get(key)?.disown(key) ?? 0
    this.#owners.delete(key)
    if (this.#concluding.delete(key)) this.#outbox.conclude(key)
    else this.#outbox.report({ key, runtime, ...outcome })
    this.#outbox.slotsChanged()
  }
}

function leastLoaded(threads: readonly ExecutorThread[]): ExecutorThread {
  return threads.reduce((least, thread) => (thread.running < least.running ? thread : least))
}
