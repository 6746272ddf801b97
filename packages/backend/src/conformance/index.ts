export { type BackendBenchOptions, type BackendRates, benchBackend } from './bench-backend.js'
export { describeBackend, type SuiteOptions } from './describe-backend.js'
export type { BackendSetup, SetupBackend } from './stage.js'
