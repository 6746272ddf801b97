export { type MemoryOptions, memory } from './broker.js'
export { createMemory, type Memory } from './create-memory.js'
export { memoryBackend } from './results.js'
