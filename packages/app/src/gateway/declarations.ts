import type { Channel, Topology } from '@umbel/transport'
import type { Dispatch } from './gateway.js'

/** Declares what messages need, once per channel. (kombu's maybe_declare) */
export class Declarations {
  readonly #channel: Channel
  readonly #declared = new Set<string>()
  /** The same by identity: a queue's topology is one object for all its messages. */
  readonly #known = new WeakSet<Topology>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  async ensure(batch: readonly Dispatch[]): Promise<void> {
    for (const { topology } of batch) {
      if (topology !== undefined && !this.#known.has(topology)) await this.#declare(topology)
    }
  }

  async #declare(topology: Topology): Promise<void> {
    const key = JSON.stringify(topology)
    if (!this.#declared.has(key)) await this.#channel.declare(topology)
    this.#declared.add(key)
    this.#known.add(topology)
  }
}
