import type { ClientOptions, TargetOptions } from '@umbel/redis'
import { Worker } from 'node:worker_threads'

/** What the thread needs to know. */
export interface LeaseThreadData {
  /** With its password. */
  readonly url: string
  readonly targetOptions: TargetOptions
  /** Which of the URL's targets. */
  readonly place: number
  readonly clientOptions: ClientOptions
  /** What the fields of the worker begin with. */
  readonly fields: string
  /** `unacked_index` and ours. */
  readonly keys: readonly string[]
  /** Seconds. */
  readonly lease: number
  /** The server knows flags of scripts. */
  readonly flags: boolean
}

/** Renews leases outside this thread, which user code may block. */
export interface LeaseThread {
  stop(): Promise<void>
}

/** Ends with this thread; never keeps the process alive. */
export function startLeaseThread(data: LeaseThreadData): LeaseThread {
  const worker = new Worker(new URL('./lease-thread.js', import.meta.url), { workerData: data })
  worker.unref()
  // This thread renews too: without the other nothing is lost while the loop turns.
  worker.on('error', () => undefined)
  return { stop: async () => void (await worker.terminate()) }
}
