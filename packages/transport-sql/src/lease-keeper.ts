import { Worker } from 'node:worker_threads'

/** What the thread needs to know. */
export interface LeaseThreadData {
  /** Of the database, with its password. */
  readonly url: string
  readonly consumer: number
  /** Seconds. */
  readonly lease: number
}

/** Renews a lease outside this thread, which user code may block. */
export interface LeaseThread {
  stop(): Promise<void>
}

/** Ends with this thread; never keeps the process alive. */
export function startLeaseThread(data: LeaseThreadData): LeaseThread {
  const worker = new Worker(new URL('./lease-thread.js', import.meta.url), { workerData: data })
  worker.unref()
  // This thread renews too: without the other nothing is lost while the loop turns.
  worker.on('error', () => undefined)
  const exited = new Promise<void>(resolve => {
    worker.on('exit', () => resolve())
  })
  return {
    stop: () => {
      worker.ref()
      // Not `terminate`: that could leave a transaction open.
      worker.postMessage('stop')
      return exited
    }
  }
}
