import { flattenReplies } from './flatten.js'
import { matchesNode } from './matcher.js'
import type { NodeReply } from './messages.js'
import type { BroadcastOptions, BroadcastRequest } from './request.js'
import type { Done, QueriedTask, Replies, ScheduledTask, TaskInfo, WorkerStats } from './shapes.js'

/** Sends a command and gives the replies. */
export type Broadcast = (request: BroadcastRequest) => Promise<readonly NodeReply[]>

/** Asks workers how they are; changes nothing. (celery.app.control.Inspect) */
export class Inspect {
  readonly #broadcast: Broadcast
  readonly #options: BroadcastOptions

  constructor(send: Broadcast, options: BroadcastOptions = {}) {
    this.#broadcast = send
    this.#options = options
  }

  ping(): Promise<Replies<Done<'pong'>>> {
    return this.request('ping')
  }

  /** Tasks that are being executed. `safe`: arguments as text. */
  active({ safe = false }: { readonly safe?: boolean } = {}): Promise<Replies<readonly TaskInfo[]>> {
    return this.request('active', { safe })
  }

  /** Tasks that a worker has taken and not begun. */
  reserved(): Promise<Replies<readonly TaskInfo[]>> {
    return this.request('reserved')
  }

  /** Tasks that a worker itself holds until their time; most wait at the broker instead, and are not told here. */
  scheduled(): Promise<Replies<readonly ScheduledTask[]>> {
    return this.request('scheduled')
  }

  /** Names of tasks, with these fields (task options, as Celery names them) where a task has them. Default: exchange, routing_key, rate_limit. */
  registered(...fields: readonly string[]): Promise<Replies<readonly string[]>> {
    return this.request('registered', { taskinfoitems: fields })
  }

  /** What workers know of these tasks; a worker that knows none answers an empty object. */
  queryTask(...ids: readonly (string | readonly string[])[]): Promise<Replies<Readonly<Record<string, QueriedTask>>>> {
    return this.request('query_task', { ids: ids.flat() })
  }

  stats(): Promise<Replies<WorkerStats>> {
    return this.request('stats')
  }

  /** Ids that were revoked. */
  revoked(): Promise<Replies<readonly string[]>> {
    return this.request('revoked')
  }

  /**
   * Any command, one of your own included: replies node by node.
   * @throws ControlError when the connection ends meanwhile
   */
  async request<T = unknown>(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<Replies<T>> {
    const replies = await this.#broadcast({ ...this.#options, command, arguments: args, reply: true })
    const nodes = flattenReplies(replies, warning => process.emitWarning(warning))
    return this.#wanted(nodes) as Replies<T>
  }

  /** A node that does not look at patterns answers too. */
  #wanted(nodes: NodeReply): NodeReply {
    const { pattern, destination, matcher = 'glob' } = this.#options
    if (pattern === undefined || destination !== undefined) return nodes
    return Object.fromEntries(Object.entries(nodes).filter(([name]) => matchesNode(name, pattern, matcher)))
  }
}
