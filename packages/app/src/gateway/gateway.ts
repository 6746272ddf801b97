import type { ResultBackend } from '@umbel/backend'
import type { BroadcastRequest, NodeReply } from '@umbel/control'
import type { Outgoing, Topology } from '@umbel/transport'
import type { PublishRetryPolicy } from './publish-retries.js'

/** A message on its way, and what must exist where it goes. */
export interface Dispatch {
  readonly outgoing: Outgoing
  readonly topology: Topology | undefined
  /** Ids whose results go where this one's goes. */
  readonly replies?: readonly string[]
  /** How to repeat this one; false: not at all. Default: as the settings say. */
  readonly retry?: PublishRetryPolicy | false | undefined
  /** false: one that no queue wants counts as sent. Default true. */
  readonly mandatory?: boolean
  /** Seconds for the broker's answer. Default the transport's. (confirm_timeout) */
  readonly confirmTimeout?: number
  /** The client of a transaction of the caller's: the message is there when it commits. */
  readonly within?: unknown
}

/**
 * The application's way to broker and results. A client opens connections (LocalGateway); inside an executor every
 * call travels to the control side of the worker (HostGateway), so that user code never shares a thread with sockets.
 */
export interface Gateway {
  publish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]>
  backend(): Promise<ResultBackend>
  /** Sends a command to workers, and gives their replies where they are wanted. */
  broadcast(request: BroadcastRequest): Promise<readonly NodeReply[]>
  /** Queue of this client's replies, where results are replies. */
  readonly replyTo?: string | undefined
  /** What to name in errors: where messages and results live. */
  describe(): string
  close(): Promise<void>
}
