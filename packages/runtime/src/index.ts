export { type BackoffOptions, backoffDelay } from './backoff.js'
export { type Blueprint, type BuildOptions, createBlueprint, ShutdownError } from './blueprint.js'
export { type Clock, systemClock, type Timer } from './clock.js'
export { Coalescer, type CoalescerOptions, type Flush, MissingOutcomeError } from './coalescer.js'
export { createDeferred, type Deferred } from './deferred.js'
export {
  CommandError,
  type CommandErrorOptions,
  describe,
  NonErrorThrown,
  toError,
  UmbelError,
  type UmbelErrorOptions
} from './errors.js'
export { createFailpoint, type Failpoint, type FailpointOptions, failpoint } from './failpoint.js'
export { type ChannelName, CHANNELS, instrument } from './instrument.js'
export { LamportClock } from './lamport-clock.js'
export { type LogFields, type Logger, silentLogger } from './logger.js'
export { type RetryOptions, retryWithBackoff } from './retry.js'
export type { Service, Step } from './service.js'
export { createService, ServiceBase, type ServiceHooks, ServiceStoppedError } from './service-base.js'
export { DeadlineError, type Failure } from './shutdown.js'
export { sleep, type SleepOptions } from './sleep.js'
export { StepOrderError } from './step-order.js'
export { suggest } from './suggest.js'
export { textFlaw } from './text-flaw.js'
export { readTlsOptions, TlsOptionsError } from './tls.js'
