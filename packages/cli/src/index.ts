export type { CliEnvironment, GivenApplication, OutputStream } from './environment.js'
export { EXIT } from './exit-codes.js'
export { main } from './main.js'
export { run, runHere, type RunOptions } from './run.js'
