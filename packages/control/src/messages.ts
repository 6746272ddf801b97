import { isMapping } from '@umbel/protocol'

/** The body of a command, as it goes over the wire. (wire-protocol 10.1) */
export interface Command {
  readonly method: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Names of nodes; null: all, or those of the pattern. */
  readonly destination: readonly string[] | null
  readonly pattern: string | null
  readonly matcher: string | null
  /** Where to answer; absent where no answer is wanted. */
  readonly reply_to?: ReplyAddress
  readonly ticket?: string
}

export interface ReplyAddress {
  readonly exchange: string
  readonly routing_key: string
}

/** What a node answered: its name, and what it says. */
export type NodeReply<T = unknown> = Readonly<Record<string, T>>

/** A command out of a message's body; undefined: it is none. */
export function readCommand(body: unknown): Command | undefined {
  if (!isMapping(body) || typeof body['method'] !== 'string') return undefined
  const { method, destination, pattern, matcher, reply_to: replyTo, ticket } = body
  return {
    method,
    arguments: isMapping(body['arguments']) ? body['arguments'] : {},
    destination: Array.isArray(destination) ? destination.map(String) : null,
    pattern: typeof pattern === 'string' && pattern !== '' ? pattern : null,
    matcher: typeof matcher === 'string' && matcher !== '' ? matcher : null,
    ...(isAddress(replyTo) ? { reply_to: replyTo } : {}),
    ...(typeof ticket === 'string' ? { ticket } : {})
  }
}

function isAddress(value: unknown): value is ReplyAddress {
  return isMapping(value) && typeof value['exchange'] === 'string' && typeof value['routing_key'] === 'string'
}
