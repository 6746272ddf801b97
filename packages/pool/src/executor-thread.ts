import { parentPort, workerData } from 'node:worker_threads'
import { createDeferred, type Deferred } from '@umbel/runtime'
import { Border, type Port, readLane } from './border.js'
import type { Executor, Host } from './contract.js'
import { HostCallError } from './errors.js'
import { failureReport } from './failure.js'
import type { ThreadData, ToControl, ToExecutor } from './frames.js'
import { JobRunner } from './job-runner.js'
import { loadExecutor } from './load-executor.js'
import { restoreError, toPlainError } from './plain-error.js'

interface PendingCall {
  readonly method: string
  readonly settle: Deferred<unknown>
}

// The main of an executor thread: everything below belongs to that thread alone.

if (parentPort === null) throw new Error('executor-thread is the main of a worker thread')
const port = parentPort
const pending = new Map<number, PendingCall>()
const border = new Border<ToControl>(port as Port, {
  reports: (report, error) => failureReport(report, 'EncodeError', error),
  notes: ({ method }, error) => ({ method: 'unclonable-note', payload: { method, error: toPlainError(error) } }),
  calls: ({ id }, error) => {
    rejectCall(id, error)
    return undefined
  },
  signals: signal => signal,
  concluded: key => key,
  culprits: key => key,
  failures: failure => failure
})
let runner: JobRunner | undefined
let executor: Executor | undefined
let calls = 0

process.on('unhandledRejection', reason =>
  border.send('notes', { method: 'unhandled-rejection', payload: toPlainError(reason) })
)
process.on('exit', () => border.flush())
process.exit = tellingExit(process.exit)
port.on('message', receive)
// Until the executor is there, only its own work keeps the thread: an import that never settles ends it.
port.unref()
await start(workerData as ThreadData)

async function start({ entry, data }: ThreadData): Promise<void> {
  try {
    executor = await loadExecutor(entry, data, createHost())
    runner = new JobRunner(executor, {
      report: report => border.send('reports', report),
      concluded: key => border.send('concluded', key)
    })
    border.send('signals', 'ready')
    port.ref()
  } catch (thrown) {
    border.send('failures', toPlainError(thrown))
    process.exit(1)
  }
}

/** A job that ends the thread says so, for the sake of its neighbours. */
function tellingExit(exit: typeof process.exit): typeof process.exit {
  return code => {
    const culprit = executor?.current?.()
    if (culprit !== undefined) border.send('culprits', culprit)
    return exit(code)
  }
}

function createHost(): Host {
  return {
    call(method, payload) {
      const settle = createDeferred<unknown>()
      const id = ++calls
      pending.set(id, { method, settle })
      if (runner === undefined) port.ref()
      border.send('calls', { id, method, payload })
      return settle.promise
    },
    notify: (method, payload) => border.send('notes', { method, payload })
  }
}

function receive(frame: unknown): void {
  for (const answer of readLane<ToExecutor, 'answers'>(frame, 'answers')) {
    if ('error' in answer) rejectCall(answer.id, restoreError(answer.error))
    else takeCall(answer.id)?.settle.resolve(answer.value)
  }
  for (const signal of readLane<ToExecutor, 'signals'>(frame, 'signals')) {
    if (signal === 'ping') border.send('signals', 'pong')
    else void close()
  }
  runner?.take(readLane<ToExecutor, 'jobs'>(frame, 'jobs'))
  for (const { keys, reason } of readLane<ToExecutor, 'aborts'>(frame, 'aborts'))
    for (const key of keys) runner?.abort(key, reason)
  for (const key of readLane<ToExecutor, 'conclusions'>(frame, 'conclusions')) runner?.conclude(key)
  runner?.start()
}

function rejectCall(id: number, cause: Error): void {
  const call = takeCall(id)
  call?.settle.reject(new HostCallError({ method: call.method, cause }))
}

function takeCall(id: number): PendingCall | undefined {
  const call = pending.get(id)
  pending.delete(id)
  if (runner === undefined && pending.size === 0) port.unref()
  return call
}

async function close(): Promise<void> {
  try {
    await executor?.close?.()
  } catch (thrown) {
    border.send('notes', { method: 'close-failed', payload: toPlainError(thrown) })
  }
  process.exit(0)
}
