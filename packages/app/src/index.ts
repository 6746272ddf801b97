export { isUmbel } from './brand.js'
export type { Client, RemoteTask } from './client.js'
export { AppClosedError, ArgumentsError, TaskDefinitionError, WaitInTaskError } from './errors.js'
export { currentTask } from './execution/current.js'
export type { Importer } from './modules.js'
export { PendingResult } from './publishing/pending.js'
export { AsyncResult } from './results/async-result.js'
export { EagerResult } from './results/eager-result.js'
export { GroupResult } from './results/group-result.js'
export type {
  QueueDefinition,
  QueueOptions,
  RouteAnswer,
  RouterFunction,
  TaskRoutes
} from './routing/index.js'
export { Configuration } from './settings/configuration.js'
export { SETTINGS, type SettingName, type Settings, type SettingsInput } from './settings/index.js'
export type { BoundTask, DeliveryInfo, RetryOptions, TaskRequest } from './task/bound.js'
export type { TaskDefinition } from './task/definition.js'
export type { ErrorInfo, TaskHooks } from './task/hooks.js'
export type { ErrorMatcher, TaskOptions } from './task/options.js'
export { TaskRegistry } from './task/registry.js'
export type { AnyTask, ApplyOptions, EagerOptions, Task } from './task/task.js'
export { Umbel, type UmbelOptions } from './umbel.js'
