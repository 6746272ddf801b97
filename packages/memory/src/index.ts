export { type MemoryOptions, memory } from './broker.js'
export { memoryBackend } from './results.js'
