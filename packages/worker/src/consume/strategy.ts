import type { TaskRegistry } from '@umbel/app'
import { type ParsedTask, parseTask, parseTime, type ReadCodecs } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { Delivery } from '@umbel/transport'
import type { RevokedIds } from './revoked.js'
import { type Settler, WorkerRequest } from './request.js'

/** What to do with a delivery. */
export type Decision =
  | { readonly kind: 'run'; readonly request: WorkerRequest }
  /** Not due yet. `due`: milliseconds since the epoch. */
  | { readonly kind: 'delay'; readonly request: WorkerRequest; readonly due: number }
  | { readonly kind: 'expired' | 'revoked' | 'unknown'; readonly request: WorkerRequest }
  /** No task can be made of it. `id`: where one could be read. */
  | {
      readonly kind: 'unreadable'
      readonly delivery: Delivery
      readonly reason: string
      readonly id: string | undefined
    }

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
    const unreadable = this.#problemOf(delivery)
    if (unreadable !== undefined) return this.#unreadable(delivery, unreadable)
    try {
      const parsed = parseTask(delivery.message, this.#options.codecs)
      return this.#judge(this.#requestOf(delivery, parsed, settler), now)
    } catch (thrown) {
      return this.#unreadable(delivery, toError(thrown).message)
    }
  }

  #judge(request: WorkerRequest, now: number): Decision {
    const { headers } = request.parsed
    if (request.definition === undefined) return { kind: 'unknown', request }
    if (this.#options.revoked.has(request.id)) return { kind: 'revoked', request }
    if (hasExpired(request, now)) return { kind: 'expired', request }
    const due = headers.eta === null ? now : parseTime(headers.eta)
    return due > now ? { kind: 'delay', request, due } : { kind: 'run', request }
  }

  #requestOf(delivery: Delivery, parsed: ParsedTask, settler: Settler): WorkerRequest {
    const definition = this.#options.tasks.find(parsed.headers.task)?.definition
    const lateAck = definition?.settings.acksLate ?? this.#options.acksLate
    return new WorkerRequest({ key: String(++this.#count), delivery, parsed, definition, lateAck, settler })
  }

  #problemOf({ problem, message }: Delivery): string | undefined {
    if (problem !== undefined) return problem
    const { maxMessageSize } = this.#options
    if (message.body.length <= maxMessageSize) return undefined
    return `the body has ${message.body.length} bytes, at most ${maxMessageSize} are read (worker_max_message_size)`
  }

  #unreadable(delivery: Delivery, reason: string): Decision {
    const { id } = delivery.message.headers
    return { kind: 'unreadable', delivery, reason, id: typeof id === 'string' ? id : undefined }
  }
}

export function hasExpired({ parsed }: WorkerRequest, now: number): boolean {
  const { expires } = parsed.headers
  return expires !== null && now > parseTime(expires)
}
