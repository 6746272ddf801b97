import { type ResultMeta, type TaskState, TimeoutError } from '@umbel/protocol'
import { type Clock, createDeferred, systemClock } from '@umbel/runtime'
import type { ResultBackend } from './contract.js'

/** State of a task; PENDING when nothing is known of it. (Backend.get_state) */
export async function getState(backend: ResultBackend, taskId: string): Promise<TaskState> {
  return (await loadOne(backend, taskId))?.status ?? 'PENDING'
}

/** What the task returned, or what its state carries. (Backend.get_result) */
export async function getResult(backend: ResultBackend, taskId: string): Promise<unknown> {
  return (await loadOne(backend, taskId))?.result ?? null
}

/** (Backend.get_traceback) */
export async function getTraceback(backend: ResultBackend, taskId: string): Promise<string | null> {
  return (await loadOne(backend, taskId))?.traceback ?? null
}

export interface WaitOptions {
  /** Seconds; undefined = for ever. */
  readonly timeout?: number
  readonly clock?: Clock
}

/**
 * The record of a task once it is final. (Backend.wait_for)
 * @throws TimeoutError
 */
export async function waitFor(backend: ResultBackend, taskId: string, options: WaitOptions = {}): Promise<ResultMeta> {
  const { timeout, clock = systemClock } = options
  const { promise, resolve, reject } = createDeferred<ResultMeta>()
  const late = (): void => reject(new TimeoutError(`task ${taskId} has no result after ${timeout} s (${backend.url})`))
  const timer = timeout === undefined ? undefined : clock.setTimer(timeout * 1000, late)
  const watching = backend.watch([taskId], ([meta]) => meta !== undefined && resolve(meta))
  try {
    return await Promise.race([promise, watching.then(() => promise)])
  } finally {
    timer?.cancel()
    watching.then(watch => watch.close()).catch(() => undefined)
  }
}

async function loadOne(backend: ResultBackend, taskId: string): Promise<ResultMeta | undefined> {
  const [meta] = await backend.load([taskId])
  return meta
}
