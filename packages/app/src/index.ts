export { isUmbel } from './brand.js'
export { appOrDefault, currentApp } from './current/current-app.js'
export type { Client, RemoteTask } from './client.js'
export {
  AppClosedError,
  ArgumentsError,
  CycleError,
  NotFinalizedError,
  TaskDefinitionError,
  TransactionError,
  ValidationError,
  WaitInTaskError
} from './errors.js'
export { currentTask } from './execution/current.js'
export { Hook } from './hook.js'
export type { DiscoveryOptions, Importer } from './modules.js'
export type { UmbelOptions } from './options.js'
export type { CallOptions } from './publishing/call-options.js'
export { atomic, OnCommitError, onCommit } from './publishing/on-commit.js'
export { PendingResult } from './publishing/pending.js'
export type { Producer } from './publishing/publisher.js'
export { AbortableAsyncResult } from './results/abortable-result.js'
export { AsyncResult } from './results/async-result.js'
export { DependencyGraph, type DependencyGraphOptions } from './results/dependency-graph.js'
export { EagerResult } from './results/eager-result.js'
export type { ResultGraph } from './results/graph.js'
export { GroupResult } from './results/group-result.js'
export type { ResultGetOptions } from './results/options.js'
export { ResultSet } from './results/result-set.js'
export {
  type BroadcastOptions,
  broadcast,
  type QueueDefinition,
  type QueueOptions,
  type RouteAnswer,
  type RouterFunction,
  type TaskRoutes,
  workerDirectQueue
} from './routing/index.js'
export { Configuration } from './settings/configuration.js'
export { SETTINGS, type SettingName, type Settings, type SettingsInput } from './settings/index.js'
export type { BoundTask, DeliveryInfo, RetryOptions, TaskRequest } from './task/bound.js'
export { ClassTask, type TaskObject } from './task/class-task.js'
export type { TaskDefinition } from './task/definition.js'
export type { ErrorInfo, TaskHooks } from './task/hooks.js'
export type { ErrorMatcher } from './task/matching.js'
export type { TaskBase, TaskOptions } from './task/options.js'
export { TaskRegistry } from './task/registry.js'
export type { StandardSchema, TaskSchema } from './task/schema.js'
export { type SharedTask, sharedTask } from './task/shared.js'
export type { AnyTask, EagerOptions, Task } from './task/task.js'
export { Umbel } from './umbel.js'
