import type { Channel, Topology } from '@umbel/transport'
import type { Dispatch } from './gateway.js'

/** Declares what messages need, once per channel. (kombu's maybe_declare) */
export class Declarations {
  readonly #channel: Channel
  readonly #declared = new Set<string>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  async ensure(batch: readonly Dispatch[]): Promise<void> {
    const missing = new Map<string, Topology>()
    for (const { topology } of batch) {
      if (topology === undefined) continue
      const key = JSON.stringify(topology)
      if (!this.#declared.has(key)) missing.set(key, topology)
    }
    for (const [key, topology] of missing) {
      await this.#channel.declare(topology)
      this.#declared.add(key)
    }
  }
}
