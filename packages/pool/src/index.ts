export type {
  AbortReason,
  DeliveryInfo,
  EndReason,
  Executed,
  Executor,
  ExecutorDeath,
  ExecutorInfo,
  ExecutorModule,
  Host,
  HostCall,
  Job,
  JobAbort,
  Outcome,
  OutcomeKind,
  Pool,
  PoolEvents,
  PoolInfo,
  PoolOptions,
  Report,
  ReportHead,
  Trail
} from './contract.js'
export { createPool } from './create-pool.js'
export {
  ExecutorStartError,
  HostCallError,
  JobAbortedError,
  PoolNotRunningError,
  PoolOptionsError
} from './errors.js'
export { type PlainError, restoreError, toPlainError } from './plain-error.js'
