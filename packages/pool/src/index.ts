export type {
  AbortReason,
  DeliveryInfo,
  EndReason,
  Executor,
  ExecutorDeath,
  ExecutorInfo,
  ExecutorModule,
  Host,
  HostCall,
  Job,
  Outcome,
  Pool,
  PoolEvents,
  PoolInfo,
  PoolOptions,
  Report,
  ReportHead
} from './contract.js'
