import type { Umbel } from '@umbel/app'
import { type Clock, toError } from '@umbel/runtime'
import { type LogLevelName, Worker, type WorkerOptions, type WorkerParts } from '@umbel/worker'
import { TestWorkerError } from './errors.js'
import { openLog } from './log.js'

/** As for any worker, with Celery's own additions for tests. */
export interface TestWorkerOptions extends Omit<WorkerOptions, 'shutdownTimeout'>, Pick<WorkerParts, 'module'> {
  /** Tasks at a time. @default 1 */
  readonly concurrency?: number
  /** Where bodies run. @default 'solo': in this process, where the test can see them */
  readonly pool?: WorkerOptions['pool']
  /** Least level that is logged. @default WORKER_LOGLEVEL of the environment, else 'error' */
  readonly loglevel?: LogLevelName
  /** File that log lines are added to. @default standard error */
  readonly logfile?: string
  /** Has the worker answer one task before the test begins; it needs a result store. @default true */
  readonly performPingCheck?: boolean
  /** Seconds to wait for that answer. @default 10 */
  readonly pingTaskTimeout?: number
  /** Seconds that `stop` waits for running tasks; then they are ended, and `stop` throws. @default 10 */
  readonly shutdownTimeout?: number
}

/** A worker that runs. `await using worker = await startWorker(app)` stops it when the block ends, however it ends. */
export interface TestWorker extends AsyncDisposable {
  readonly app: Umbel
  readonly hostname: string
  /** Queues consumed. */
  readonly queues: readonly string[]
  /**
   * Waits for what runs, and leaves nothing of the worker open; the application stays. Idempotent.
   * @throws TestWorkerError when a task runs longer than `shutdownTimeout`
   */
  stop(): Promise<void>
}

/**
 * A worker in this process, ready to take tasks; it installs no signal handlers. (celery.contrib.testing.worker.start_worker)
 * @throws TestWorkerError when it does not answer `celery.ping` in time; it is stopped then
 */
export async function startWorker(app: Umbel, options: TestWorkerOptions = {}): Promise<TestWorker> {
  const { performPingCheck = true, pingTaskTimeout = 10, shutdownTimeout = 10, ...others } = options
  const worker = createWorker(app, others)
  const stop = once(() => stopWithin(worker, shutdownTimeout))
  try {
    await worker.start()
    if (performPingCheck) await ping(worker, pingTaskTimeout)
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  const { hostname, queues } = worker
  return { app, hostname, queues, stop, [Symbol.asyncDispose]: stop }
}

type OwnOptions = Omit<TestWorkerOptions, 'performPingCheck' | 'pingTaskTimeout' | 'shutdownTimeout'>

function createWorker(app: Umbel, { loglevel, logfile, module, ...options }: OwnOptions): Worker {
  const level = loglevel ?? (process.env['WORKER_LOGLEVEL']?.toLowerCase() as LogLevelName | undefined) ?? 'error'
  const parts = { module, logger: openLog(level, logfile) }
  return new Worker(app, { concurrency: 1, pool: 'solo', ...options }, parts)
}

/** To a queue of this very worker: another one's answer would prove nothing. */
async function ping({ app, hostname, queues }: Worker, timeout: number): Promise<void> {
  const [queue] = queues
  try {
    const answer = await app.sendTask('celery.ping', [], { queue }).get({ timeout })
    if (answer !== 'pong') throw new Error(`it answered ${JSON.stringify(answer)}`)
  } catch (thrown) {
    const why = toError(thrown)
    throw new TestWorkerError(
      `worker ${hostname} did not answer celery.ping in its queue ${queue}: ${why.message} (performPingCheck: false does without)`,
      { cause: why }
    )
  }
}

async function stopWithin(worker: Worker, seconds: number): Promise<void> {
  const stopped = worker.stop()
  if (await settlesWithin(stopped, seconds, worker.app.services.clock)) return await stopped
  await worker.terminate()
  await stopped
  throw new TestWorkerError(
    `worker ${worker.hostname} did not end within ${seconds} s: a task was still running and was ended; raise shutdownTimeout if your tasks take longer`
  )
}

async function settlesWithin(promise: Promise<unknown>, seconds: number, clock: Clock): Promise<boolean> {
  return await new Promise(resolve => {
    const timer = clock.setTimer(seconds * 1000, () => resolve(false))
    const settled = (): void => {
      timer.cancel()
      resolve(true)
    }
    promise.then(settled, settled)
  })
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
