import { Worker } from 'node:worker_threads'
import { type Clock, createDeferred, instrument, systemClock, type Timer, toError } from '@umbel/runtime'
import { Border, type Port, readLane } from './border.js'
import type { AbortReason, EndReason, ExecutorDeath, ExecutorInfo, Job, PoolOptions, Report } from './contract.js'
import { startError } from './errors.js'
import { failureReport } from './failure.js'
import type { Call, ThreadData, ToControl, ToExecutor } from './frames.js'
import { restoreError, toPlainError } from './plain-error.js'

export interface ThreadObserver {
  /** Only of jobs that the thread still owned. */
  reported(thread: ExecutorThread, reports: readonly Report[]): void
  /** Jobs that it still owned have run what they had left for after their reports. */
  concluded(thread: ExecutorThread, keys: readonly string[]): void
  /** It does not answer: its loop is blocked. */
  stuck(thread: ExecutorThread): void
  /** It is gone, wanted or not; it may still own jobs. */
  ended(thread: ExecutorThread, death: ExecutorDeath): void
}

/** How long a condemned thread may leave a ping unanswered, and how long after an answer it is asked again. Milliseconds. */
const PING_TIMEOUT = 1000
/** How long an executor's `close` may take. Milliseconds. */
const CLOSE_TIMEOUT = 5000

/** One executor in a worker thread, seen from the control side. Starts at once. */
export class ExecutorThread {
  readonly id: number
  /** Rejects with ExecutorStartError. */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly #options: PoolOptions
  readonly #observer: ThreadObserver
  readonly #clock: Clock
  readonly #border: Border<ToExecutor>
  readonly #worker: Worker
  readonly #running = new Map<string, number>()
  readonly #culprits = new Set<string>()
  readonly #start = createDeferred<void>()
  readonly #end = createDeferred<void>()
  #isReady = false
  #isOver = false
  #finished = 0
  #failure: Error | undefined
  #whenEmpty: (() => void) | undefined
  #watch: Timer | undefined
  #closing: Timer | undefined

  /** @throws ExecutorStartError when the pool's `data` cannot be cloned */
  constructor(id: number, options: PoolOptions, observer: ThreadObserver) {
    this.id = id
    this.ready = this.#start.promise
    this.ready.catch(() => undefined)
    this.ended = this.#end.promise
    this.#options = options
    this.#observer = observer
    this.#clock = options.clock ?? systemClock
    this.#worker = this.#listen(startWorker(id, options))
    this.#border = createBorder(this.#worker, report => this.#settled([report]))
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Jobs it owns. */
  get running(): number {
    return this.#running.size
  }

  get keys(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** Another job ended the thread. */
  isInnocent(key: string): boolean {
    return this.#culprits.size > 0 && !this.#culprits.has(key)
  }

  get info(): ExecutorInfo {
    return { id: this.id, pid: process.pid, running: this.running, finished: this.#finished }
  }

  run(job: Job): void {
    this.#running.set(job.key, performance.now())
    this.#border.send('jobs', job)
  }

  abort(keys: readonly string[], reason: AbortReason | EndReason): void {
    this.#border.send('aborts', { keys, reason })
  }

  conclude(keys: readonly string[]): void {
    this.#border.send('conclusions', ...keys)
  }

  /** It owns the job no longer. Answers how long it had it, seconds, or nothing if it was not its own. */
  disown(key: string): number | undefined {
    const since = this.#running.get(key)
    this.#running.delete(key)
    return since === undefined ? undefined : (performance.now() - since) / 1000
  }

  /** Ends when its jobs have finished, by `terminate`; asked all the while whether its loop is alive. */
  condemn(): void {
    this.#leaveBy(() => void this.terminate())
    if (this.#running.size > 0 && this.#watch === undefined) this.#ping()
  }

  /** Ends when its jobs have finished, by `close`. */
  retire(): void {
    this.#leaveBy(() => void this.close())
  }

  /** Lets the executor close itself, if its loop is alive. */
  close(): Promise<void> {
    if (this.#closing !== undefined || this.#isOver) return this.ended
    this.#closing = this.#clock.setTimer(CLOSE_TIMEOUT, () => void this.terminate())
    this.#border.send('signals', 'close')
    this.#watch?.cancel()
    this.#ping()
    return this.ended
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
    await this.ended
  }

  #listen(worker: Worker): Worker {
    return worker
      .on('message', (frame: unknown) => this.#receive(frame))
      .on('messageerror', error => this.#fail(error))
      .on('error', error => {
        this.#failure ??= toError(error)
      })
      .on('exit', code => this.#exited(code))
  }

  #receive(frame: unknown): void {
    for (const failure of readLane<ToControl, 'failures'>(frame, 'failures')) this.#failure = restoreError(failure)
    for (const signal of readLane<ToControl, 'signals'>(frame, 'signals')) {
      if (signal === 'ready') this.#becomeReady()
      else this.#ponged()
    }
    for (const key of readLane<ToControl, 'culprits'>(frame, 'culprits')) this.#culprits.add(key)
    for (const { method, payload } of readLane<ToControl, 'notes'>(frame, 'notes'))
      this.#options.events.notify(method, payload)
    for (const call of readLane<ToControl, 'calls'>(frame, 'calls')) void this.#answer(call)
    this.#settled(readLane<ToControl, 'reports'>(frame, 'reports'))
    this.#concluded(readLane<ToControl, 'concluded'>(frame, 'concluded'))
  }

  #becomeReady(): void {
    this.#isReady = true
    instrument('umbel.executor.started', () => this.info)
    this.#start.resolve()
  }

  async #answer({ id, method, payload }: Call): Promise<void> {
    try {
      this.#border.send('answers', { id, value: await this.#options.events.call({ method, payload }) })
    } catch (thrown) {
      this.#border.send('answers', { id, error: toPlainError(thrown) })
    }
  }

  #settled(reports: readonly Report[]): void {
    const owned = reports.filter(({ key }) => this.#running.has(key))
    for (const { key, concluding } of owned) if (concluding !== true) this.#running.delete(key)
    this.#finished += owned.length
    if (owned.length > 0) this.#observer.reported(this, owned)
    if (this.#running.size === 0) this.#leave()
  }

  #concluded(keys: readonly string[]): void {
    const owned = keys.filter(key => this.#running.delete(key))
    if (owned.length === 0) return
    this.#observer.concluded(this, owned)
    if (this.#running.size === 0) this.#leave()
  }

  #leaveBy(leave: () => void): void {
    this.#whenEmpty = leave
    if (this.#running.size === 0) this.#leave()
  }

  #leave(): void {
    const leave = this.#whenEmpty
    this.#whenEmpty = undefined
    leave?.()
  }

  #ping(): void {
    this.#border.send('signals', 'ping')
    this.#watch = this.#clock.setTimer(PING_TIMEOUT, () => {
      const asked = this.#watch
      // If it was this loop that hung, the answer has come in the meantime: it is read before the verdict.
      setImmediate(() => setImmediate(() => asked === this.#watch && this.#observer.stuck(this)))
    })
  }

  #ponged(): void {
    this.#watch?.cancel()
    this.#watch = this.#clock.setTimer(PING_TIMEOUT, () => this.#ping())
  }

  #fail(error: unknown): void {
    this.#failure ??= toError(error)
    void this.terminate()
  }

  #exited(exitCode: number): void {
    this.#watch?.cancel()
    this.#watch = undefined
    this.#closing?.cancel()
    this.#isReady = false
    this.#isOver = true
    const ending = this.#failure ?? new Error(`its thread ended with exit code ${exitCode}`)
    this.#start.reject(startError(this.#options.entry, ending))
    const death = { id: this.id, exitCode, error: this.#failure }
    instrument('umbel.executor.ended', () => death)
    this.#observer.ended(this, death)
    this.#end.resolve()
  }
}

function startWorker(id: number, options: PoolOptions): Worker {
  const { entry, data } = options
  const workerData: ThreadData = { entry, data }
  try {
    return new Worker(new URL('./executor-thread.js', import.meta.url), { workerData, name: `umbel-executor-${id}` })
  } catch (thrown) {
    throw startError(entry, toError(thrown))
  }
}

function createBorder(worker: Worker, failed: (report: Report) => void): Border<ToExecutor> {
  return new Border<ToExecutor>(worker as Port, {
    jobs: ({ key }, error) => {
      failed(failureReport({ key, runtime: 0 }, 'EncodeError', error))
      return undefined
    },
    aborts: item => item,
    conclusions: key => key,
    answers: ({ id }, error) => ({ id, error: toPlainError(error) }),
    signals: item => item
  })
}
