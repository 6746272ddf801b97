export { describePool } from './describe-pool.js'
export { createJob, PoolProbe, type ProbeOptions } from './pool-probe.js'
export type { PoolSetup } from './setup.js'
