export type { CliEnvironment, OutputStream } from './environment.js'
export { EXIT } from './exit-codes.js'
export { main } from './main.js'
export { run, type RunOptions } from './run.js'
