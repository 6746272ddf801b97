import type { Scripts } from '@umbel/redis'
import type { Clock } from '@umbel/runtime'
import { exchangeRouters } from '@umbel/transport/virtual'
import { markRedelivered, readUnacked } from './envelope.js'
import { envelopeOf, readField } from './fields.js'
import type { Keys } from './keys.js'
import { EXPIRED, RESTORE } from './scripts.js'
import type { RedisTopology } from './topology.js'

export interface RestorerParts {
  readonly scripts: Scripts
  readonly keys: Keys
  readonly topology: RedisTopology
  /** Seconds, of what Python holds. */
  readonly visibilityTimeout: number
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
}

/** At a time, so that no script holds up the server. */
const BATCH = 500

interface Place {
  /** '': nowhere. */
  readonly list: string
  readonly text: string
}

/** Puts back what dead consumers held. */
export class Restorer {
  readonly #parts: RestorerParts
  readonly #since: number

  constructor(parts: RestorerParts) {
    this.#parts = parts
    this.#since = parts.clock.monotonic()
  }

  /**
   * Oldest first; answers how many. Who has just come waits a lease before anybody counts as dead: a server that was away
   * could not be told of those that live.
   */
  async restoreExpired(): Promise<number> {
    const { clock, lease } = this.#parts
    if (clock.monotonic() - this.#since < lease * 1000) return 0
    const { unacked, unackedIndex, started, startedIndex } = this.#parts.keys
    return (await this.#restore([unacked, unackedIndex], false)) + (await this.#restore([started, startedIndex], true))
  }

  async #restore(keys: readonly string[], begun: boolean): Promise<number> {
    const { scripts, visibilityTimeout } = this.#parts
    const found = (await scripts.run(EXPIRED, { keys, args: [visibilityTimeout, BATCH] })) as readonly string[]
    if (found.length === 0) return 0
    const back: string[] = []
    for (let at = 0; at < found.length; at += 3) {
      const [field = '', value = '', score = ''] = found.slice(at, at + 3)
      const { list, text } = await this.#placeOf(field, value, begun)
      back.push(field, score, list, text)
    }
    return Number(await scripts.run(RESTORE, { keys, args: back }))
  }

  async #placeOf(field: string, value: string, begun: boolean): Promise<Place> {
    const { keys } = this.#parts
    const ours = readField(field)
    if (ours === undefined) return this.#placeOfKombu(value)
    if (value === '') return { list: '', text: '' }
    const text = envelopeOf(value, ours.queue)
    if (begun) return { list: keys.lost(ours.queue), text }
    return { list: keys.list(ours.queue, ours.step), text: markRedelivered(text) }
  }

  async #placeOfKombu(value: string): Promise<Place> {
    const { keys } = this.#parts
    const read = readUnacked(value)
    if (read === undefined) return { list: '', text: '' }
    const queue = await this.#queueOf(read.exchange, read.routingKey)
    return { list: keys.list(queue, keys.step(read.priority)), text: read.text }
  }

  /** Where a message of Python's came from: it is not told, but follows from its address. */
  async #queueOf(exchange: string, routingKey: string): Promise<string> {
    const routes = exchange === '' ? undefined : await this.#parts.topology.lookup(exchange)
    if (routes === undefined) return routingKey
    const bound = routes.bindings.find(binding => exchangeRouters[routes.type].matches(binding, routingKey, {}))
    return bound?.queue ?? routingKey
  }
}
