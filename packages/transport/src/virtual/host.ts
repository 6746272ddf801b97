import type { VirtualChannel } from './channel.js'
import type { VirtualSettings } from './settings.js'
import type { VirtualStore } from './store.js'

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly store: VirtualStore
  readonly settings: VirtualSettings
  /** Why the connection ended, if it was not `close()`. */
  readonly reason: Error | undefined
  /**
   * Calls the store. A failure of the store itself ends the connection; an answer such as TopologyError is the caller's.
   * Rejects with UmbelErrors only.
   */
  attempt<T>(call: () => Promise<T>): Promise<T>
  /** Ends the connection. */
  fail(error: Error): void
  /** A channel consumes: leases must be kept. */
  consuming(): void
  /** A channel has closed. */
  release(channel: VirtualChannel): void
}
