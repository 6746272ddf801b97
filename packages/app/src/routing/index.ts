export type {
  BindingOptions,
  ExchangeOptions,
  QueueDefinition,
  QueueDefinitions,
  QueueOptions,
  RouteAnswer,
  RouteMapping,
  RoutePair,
  RouterFunction,
  RouterLike,
  RouterObject,
  TaskRoutes
} from './options.js'
export type { TaskQueue } from './queue.js'
export { type QueueSettings, Queues } from './queues.js'
export { type Route, type RouteRequest, Router, type RoutingSettings } from './router.js'
export { Routing } from './routing.js'
export { broadcast, type BroadcastOptions, workerDirectQueue } from './special-queues.js'
