import type { Redis } from 'ioredis'
import { decodeEnvelope, type TakenMessage } from '@umbel/transport/virtual'

/** Most that is kept for a queue which nobody asks. */
const LARGEST_BACKLOG = 10_000

/** What `lookup` answers as queue of a fanout exchange: `put` publishes instead of pushing. */
const MARK = '\0fanout/'

export function toFanoutQueue(exchange: string): string {
  return `${MARK}${exchange}`
}

/** undefined: it is a list. */
export function fanoutExchange(queue: string): string | undefined {
  return queue.startsWith(MARK) ? queue.slice(MARK.length) : undefined
}

export interface FanoutOptions {
  readonly subscriber: Redis
  /** In front of the exchange's name. */
  readonly prefix: string
  /** Put the routing key into the channel. (fanout_patterns) */
  readonly patterns: boolean
  readonly ring: () => void
}

/** Broadcasts: published to a channel, and kept here for the queues of this connection that are bound. */
export class Fanout {
  readonly #options: FanoutOptions
  /** Exchange → queues. */
  readonly #bound = new Map<string, Set<string>>()
  readonly #waiting = new Map<string, TakenMessage[]>()
  readonly #held = new Map<string, TakenMessage>()
  #number = 0

  constructor(options: FanoutOptions) {
    this.#options = options
    options.subscriber.on('pmessage', (pattern: string, _channel: string, text: string) => this.#hear(pattern, text))
  }

  channel(exchange: string, routingKey: string): string {
    const key = this.#options.patterns && routingKey !== '' ? `/${routingKey}` : ''
    return `${this.#options.prefix}${exchange}${key}`
  }

  /** From now on the queue gets what is sent. */
  async bind(exchange: string, queue: string): Promise<void> {
    const queues = this.#bound.get(exchange) ?? new Set()
    this.#bound.set(exchange, queues.add(queue))
    if (!this.#waiting.has(queue)) this.#waiting.set(queue, [])
    if (queues.size === 1) await this.#options.subscriber.psubscribe(...this.#patterns(exchange))
  }

  /** The queue is gone. */
  async drop(queue: string): Promise<void> {
    this.#waiting.delete(queue)
    for (const [exchange, queues] of this.#bound) {
      if (!queues.delete(queue) || queues.size > 0) continue
      this.#bound.delete(exchange)
      await this.#options.subscriber.punsubscribe(...this.#patterns(exchange))
    }
  }

  take(queues: readonly string[], limit: number): readonly TakenMessage[] {
    const taken: TakenMessage[] = []
    for (const queue of queues) taken.push(...(this.#waiting.get(queue)?.splice(0, limit - taken.length) ?? []))
    for (const message of taken) this.#held.set(message.id, message)
    return taken
  }

  /** undefined: it is none of ours. */
  settle(id: string, restore: boolean): boolean | undefined {
    if (!id.startsWith(MARK)) return undefined
    const message = this.#held.get(id)
    if (message === undefined) return false
    this.#held.delete(id)
    if (restore) this.#waiting.get(message.queue)?.unshift({ ...message, redelivered: true })
    if (restore) this.#options.ring()
    return true
  }

  holds(id: string): boolean {
    return this.#held.has(id)
  }

  count(queue: string): number {
    return this.#waiting.get(queue)?.length ?? 0
  }

  purge(queue: string): number {
    return this.#waiting.get(queue)?.splice(0).length ?? 0
  }

  #patterns(exchange: string): readonly string[] {
    const channel = `${this.#options.prefix}${exchange}`.replace(/[\\*?[\]]/g, '\\$&')
    return this.#options.patterns ? [channel, `${channel}/*`] : [channel]
  }

  #hear(pattern: string, text: string): void {
    for (const [exchange, queues] of this.#bound) {
      if (!this.#patterns(exchange).includes(pattern)) continue
      for (const queue of queues) this.#keep(queue, text)
      this.#options.ring()
    }
  }

  #keep(queue: string, text: string): void {
    const waiting = this.#waiting.get(queue)
    if (waiting === undefined) return
    const message = decodeEnvelope(text)
    if (message.problem !== undefined) return
    if (waiting.length >= LARGEST_BACKLOG) waiting.shift()
    waiting.push({ ...message, queue, id: `${MARK}${++this.#number}` })
  }
}
