export { benchTransport, type TransportBenchOptions, type TransportRates } from './bench-transport.js'
export { describeTransport } from './describe-transport.js'
export type { TransportSetup } from './scene.js'
