import type { TaskRegistry } from '@umbel/app'
import { InvalidTaskError, parseTask, parseTime, type ReadCodecs } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { Delivery } from '@umbel/transport'
import { HeldDelivery, type Settler } from './held.js'
import { WorkerRequest } from './request.js'
import type { RevokedIds } from './revoked.js'

/** What to do with a delivery. */
export type Decision =
  | { readonly kind: 'run'; readonly held: WorkerRequest }
  /** Not due yet. `due`: milliseconds since the epoch. */
  | { readonly kind: 'delay'; readonly held: WorkerRequest; readonly due: number }
  | { readonly kind: 'expired' | 'revoked' | 'unknown'; readonly held: WorkerRequest }
  /** It began in a worker that is gone, and must not begin again. */
  | { readonly kind: 'lost'; readonly held: WorkerRequest }
  /** No task can be made of it. `id`: where one could be read. */
  | { readonly kind: 'unreadable'; readonly held: HeldDelivery; readonly error: Error; readonly id: string | undefined }

export interface StrategyOptions {
  readonly tasks: TaskRegistry
  readonly codecs: ReadCodecs
  readonly revoked: RevokedIds
  /** task_acks_late */
  readonly acksLate: boolean
  /** Bytes of the body above which a message is not read. */
  readonly maxMessageSize: number
}

/** Looks at a message's headers and decides; bodies stay closed. (celery.worker.strategy) */
export class Strategy {
  readonly #options: StrategyOptions
  #count = 0

  constructor(options: StrategyOptions) {
    this.#options = options
  }

  decide(delivery: Delivery, settler: Settler, now: number): Decision {
    try {
      this.#refuseUnreadable(delivery)
      return this.judge(this.#requestOf(delivery, settler), now)
    } catch (thrown) {
      const { id } = delivery.message.headers
      const held = new HeldDelivery(delivery, settler)
      return { kind: 'unreadable', held, error: toError(thrown), id: typeof id === 'string' ? id : undefined }
    }
  }

  /** Also for a request that has waited. */
  judge(request: WorkerRequest, now: number): Exclude<Decision, { kind: 'unreadable' }> {
    const { eta } = request.parsed.headers
    if (request.delivery.started === true) return { kind: 'lost', held: request }
    if (request.definition === undefined) return { kind: 'unknown', held: request }
    if (this.#options.revoked.covers(request)) return { kind: 'revoked', held: request }
    if (hasExpired(request, now)) return { kind: 'expired', held: request }
    const due = eta === null ? now : parseTime(eta)
    return due > now ? { kind: 'delay', held: request, due } : { kind: 'run', held: request }
  }

  #requestOf(delivery: Delivery, settler: Settler): WorkerRequest {
    const parsed = parseTask(delivery.message, this.#options.codecs)
    const definition = this.#options.tasks.find(parsed.headers.task)?.definition
    const lateAck = definition?.settings.acksLate ?? this.#options.acksLate
    return new WorkerRequest({ key: String(++this.#count), delivery, parsed, definition, lateAck, settler })
  }

  #refuseUnreadable({ problem, message }: Delivery): void {
    const { maxMessageSize } = this.#options
    if (problem !== undefined) throw new InvalidTaskError(problem)
    if (message.body.length <= maxMessageSize) return
    throw new InvalidTaskError(
      `the body has ${message.body.length} bytes, at most ${maxMessageSize} are read (maxMessageSize)`
    )
  }
}

export function hasExpired({ parsed }: WorkerRequest, now: number): boolean {
  const { expires } = parsed.headers
  return expires !== null && now > parseTime(expires)
}
