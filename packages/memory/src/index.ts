export { type MemoryOptions, memory } from './broker.js'
