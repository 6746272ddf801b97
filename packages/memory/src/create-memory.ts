import type { BackendFactory } from '@umbel/backend'
import type { Transport } from '@umbel/transport'
import { type MemoryOptions, memory } from './broker.js'
import { memoryBackend } from './results.js'

/** Broker and result store of one application or test: pass the pair to all that shall meet. */
export interface Memory {
  readonly transport: Transport
  readonly backend: BackendFactory
}

export function createMemory(options: MemoryOptions = {}): Memory {
  return { transport: memory(options), backend: memoryBackend() }
}
