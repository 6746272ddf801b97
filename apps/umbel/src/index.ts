export {
  AppClosedError,
  ArgumentsError,
  AsyncResult,
  atomic,
  type BoundTask,
  type BroadcastOptions,
  broadcast,
  type CallOptions,
  ClassTask,
  type Client,
  CycleError,
  currentTask,
  DependencyGraph,
  EagerResult,
  GroupResult,
  Hook,
  NotFinalizedError,
  OnCommitError,
  onCommit,
  PendingResult,
  type RemoteTask,
  type ResultGetOptions,
  ResultSet,
  type Settings,
  type SettingsInput,
  type SharedTask,
  sharedTask,
  type Task,
  TaskDefinitionError,
  type TaskHooks,
  type TaskObject,
  type TaskOptions,
  type TaskRequest,
  TransactionError,
  type UmbelOptions,
  WaitInTaskError,
  workerDirectQueue
} from '@umbel/app'
export {
  chain,
  chord,
  chunks,
  fromJSON,
  group,
  type Handle,
  type ImmutableSignature,
  map,
  type PartialSignature,
  Signature,
  signature,
  type StampingVisitor,
  starmap,
  xmap,
  xstarmap
} from '@umbel/canvas'
export {
  type Control,
  ControlError,
  type Done,
  type Inspect,
  isFailure,
  type NodeReply,
  type Replies,
  type RevokeOptions,
  type ScheduledTask,
  type TaskInfo,
  type WorkerStats
} from '@umbel/control'
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
export { CommandError } from '@umbel/runtime'
export { AppWorker, type AppWorkerOptions } from './app-worker.js'
export type { StartOptions } from './command.js'
export { appOrDefault, currentApp } from './current.js'
export { Umbel, type WorkerOptions } from './umbel.js'
