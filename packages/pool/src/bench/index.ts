export { type BenchOptions, benchPool } from './bench-pool.js'
