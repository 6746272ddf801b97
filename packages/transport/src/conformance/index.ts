export type { Ability } from './abilities.js'
export { benchTransport, type TransportBenchOptions, type TransportRates } from './bench-transport.js'
export { describeTransport, type TransportSuiteOptions } from './describe-transport.js'
export type { TransportSetup } from './scene.js'
