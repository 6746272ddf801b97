import { shown } from '@umbel/protocol'
import type { Connection } from '@umbel/transport'
import { ControlError } from './errors.js'
import type { Matcher } from './matcher.js'
import type { Command, NodeReply, ReplyAddress } from './messages.js'

/** To whom a command goes, and how long replies are waited for. */
export interface BroadcastOptions {
  /** Names of nodes. Default: all. */
  readonly destination?: string | readonly string[] | undefined
  /** Only nodes whose name fits, where there is no `destination`. */
  readonly pattern?: string | undefined
  /** How to read the pattern. Default glob. */
  readonly matcher?: Matcher | undefined
  /** Seconds without a reply after which no more are waited for. Default 1. */
  readonly timeout?: number | undefined
  /** Replies after which no more are waited for. Default: as many as destinations. */
  readonly limit?: number | undefined
  /** A connection of the caller's own instead of the application's. */
  readonly connection?: Connection | undefined
  /** Hears each reply when it comes. */
  readonly callback?: ((reply: NodeReply) => void) | undefined
}

/** A command for some or all nodes. */
export interface BroadcastRequest extends BroadcastOptions {
  readonly command: string
  readonly arguments?: Readonly<Record<string, unknown>> | undefined
  /** Wait for replies. Default false. */
  readonly reply?: boolean | undefined
}

/** What is known of a request before it is sent. */
export interface BroadcastPlan {
  readonly command: Command
  /** Seconds. */
  readonly timeout: number
  readonly limit: number
  readonly callback: (reply: NodeReply) => void
}

/** @throws ControlError for an option that makes no sense */
export function planBroadcast(
  request: BroadcastRequest,
  answer?: { readonly ticket: string; readonly replyTo: ReplyAddress }
): BroadcastPlan {
  const { command, timeout = 1, pattern, callback = ignore } = request
  const destination = destinationOf(request)
  const { limit = destination === undefined || destination.length === 0 ? Infinity : destination.length } = request
  if (typeof command !== 'string' || command === '') throw flaw('command', 'the name of a command', command)
  if (!(timeout >= 0)) throw flaw('timeout', 'seconds from 0 on', timeout)
  if (!(limit >= 1)) throw flaw('limit', 'a number of replies from 1 on', limit)
  if (pattern !== undefined && typeof pattern !== 'string') throw flaw('pattern', 'a text', pattern)
  return {
    command: {
      method: command,
      arguments: request.arguments ?? {},
      destination: destination ?? null,
      pattern: pattern ?? null,
      matcher: pattern === undefined ? null : (request.matcher ?? 'glob'),
      ...(answer === undefined ? {} : { ticket: answer.ticket, reply_to: answer.replyTo })
    },
    timeout,
    limit,
    callback
  }
}

function destinationOf({ destination }: BroadcastRequest): readonly string[] | undefined {
  if (destination === undefined) return undefined
  const names: unknown = typeof destination === 'string' ? [destination] : destination
  if (Array.isArray(names) && names.every(name => typeof name === 'string')) return names
  throw flaw('destination', 'names of nodes', destination)
}

function flaw(option: string, expected: string, got: unknown): ControlError {
  return new ControlError(`remote control: option '${option}': expected ${expected}, got ${shown(got)}`)
}

function ignore(): void {
  // Nobody wants to hear it.
}
