export {
  AsyncResult,
  type BoundTask,
  currentTask,
  EagerResult,
  GroupResult,
  PendingResult,
  type Settings,
  type SettingsInput,
  type Task,
  type TaskOptions,
  type TaskRequest,
  type UmbelOptions
} from '@umbel/app'
export { chain, chord, chunks, fromJSON, group, map, Signature, signature, starmap } from '@umbel/canvas'
export {
  ChordError,
  Ignore,
  MaxRetriesExceededError,
  NotRegistered,
  Reject,
  RemoteError,
  Retry,
  SoftTimeLimitExceeded,
  states,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError
} from '@umbel/protocol'
export { AppWorker, type AppWorkerOptions } from './app-worker.js'
export { Umbel, type WorkerOptions } from './umbel.js'
