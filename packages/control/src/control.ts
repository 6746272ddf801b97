import { shown } from '@umbel/protocol'
import { ControlError } from './errors.js'
import { type Broadcast, Inspect } from './inspect.js'
import type { NodeReply } from './messages.js'
import type { BroadcastOptions, BroadcastRequest } from './request.js'
import type { Done, Failure } from './shapes.js'

/** A command, to whom it goes, and whether replies are waited for. */
export interface ControlOptions extends BroadcastOptions {
  /** Wait for replies. Default false: the call resolves when the broker has the command. */
  readonly reply?: boolean | undefined
}

export interface RevokeOptions extends ControlOptions {
  /** End those that run, too. Default false. */
  readonly terminate?: boolean | undefined
  /** Name (`SIGKILL`, `KILL`) or number of the signal. Default SIGTERM. */
  readonly signal?: string | number | undefined
}

export interface ControlParts {
  readonly broadcast: Broadcast
  /** Keeps ids where workers find them that start later, or that do not hear the command. */
  readonly keepRevoked?: (ids: readonly string[]) => Promise<void>
}

/** Tells workers what to do. (celery.app.control.Control) */
export class Control {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  /** Who is there. */
  ping(options: BroadcastOptions = {}): Promise<readonly NodeReply<Done<'pong'>>[]> {
    return this.#send({ ...options, command: 'ping', reply: true })
  }

  /**
   * These tasks will not be executed. One that waits becomes REVOKED, one that runs goes on unless `terminate` is given.
   * Kept where the result store can keep it, so that workers know that are not there yet.
   */
  async revoke(
    ids: string | readonly string[],
    { terminate = false, signal = 'SIGTERM', ...options }: RevokeOptions = {}
  ): Promise<readonly NodeReply<Done | Failure>[]> {
    const list = idsOf(ids)
    if (list.length === 0) return []
    const args = { task_id: typeof ids === 'string' ? ids : list, terminate, signal }
    const [replies] = await Promise.all([
      this.#send<Done | Failure>({ ...options, command: 'revoke', arguments: args }),
      this.#parts.keepRevoked?.(list)
    ])
    return replies
  }

  /** The same for tasks that bear one of these stamps, by header: `{ batch: ['a', 'b'] }`. Workers keep them in memory alone. */
  async revokeByStampedHeaders(
    headers: Readonly<Record<string, string | readonly string[]>>,
    { terminate = false, signal = 'SIGTERM', ...options }: RevokeOptions = {}
  ): Promise<readonly NodeReply<Done | Failure>[]> {
    const args = { headers, terminate, signal }
    return await this.#send({ ...options, command: 'revoke_by_stamped_headers', arguments: args })
  }

  /** The same as `revoke` with `terminate`. */
  terminate(
    ids: string | readonly string[],
    options: Omit<RevokeOptions, 'terminate'> = {}
  ): Promise<readonly NodeReply<Done | Failure>[]> {
    return this.revoke(ids, { ...options, terminate: true })
  }

  /** Any command, one of your own included. Without `reply` it answers at once with nothing. */
  broadcast<T = unknown>(
    command: string,
    options: Omit<BroadcastRequest, 'command'> = {}
  ): Promise<readonly NodeReply<T>[]> {
    return this.#send({ ...options, command })
  }

  inspect(options: BroadcastOptions = {}): Inspect {
    return new Inspect(this.#parts.broadcast, options)
  }

  async #send<T>(request: BroadcastRequest): Promise<readonly NodeReply<T>[]> {
    return (await this.#parts.broadcast(request)) as readonly NodeReply<T>[]
  }
}

/** @throws ControlError */
function idsOf(ids: unknown): readonly string[] {
  const list: unknown = typeof ids === 'string' ? [ids] : ids
  if (Array.isArray(list) && list.every(id => typeof id === 'string' && id !== ''))
    return [...new Set(list as string[])]
  throw new ControlError(`revoke: expected the id of a task, or a list of ids, got ${shown(ids)}`)
}
