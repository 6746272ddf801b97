import type { Scripts } from '@umbel/redis'
import type { Clock } from '@umbel/runtime'
import { exchangeRouters } from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import { markRedelivered, readUnacked } from './envelope.js'
import { envelopeOf, readField } from './fields.js'
import type { Keys } from './keys.js'
import type { RedisSettings } from './options.js'
import { EXPIRED, RESTORE, UNLOCK, VISIBLE } from './scripts.js'
import type { RedisTopology } from './topology.js'

export interface RestorerParts {
  readonly client: Redis
  readonly scripts: Scripts
  readonly keys: Keys
  readonly topology: RedisTopology
  readonly settings: RedisSettings
  /** Of the lock beside Python. */
  readonly worker: string
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
}

/** In one script: no script may hold up the server. */
const BATCH = 500
/** In one look. */
const MOST = 20_000
/** Seconds that a look goes back, as our leases end now; but the first, and one each so many seconds, goes over all. */
const RECENT = 60
const WHOLE_INTERVAL = 300

interface Found {
  readonly field: string
  /** As the server wrote it. */
  readonly score: string
}

interface Place {
  readonly text: string
  readonly lists: readonly string[]
}

/** Puts back what dead consumers held. */
export class Restorer {
  readonly #parts: RestorerParts
  readonly #since: number
  #lookedAt = Number.NEGATIVE_INFINITY
  #wholeAt = Number.NEGATIVE_INFINITY
  #pythonAt = Number.NEGATIVE_INFINITY

  constructor(parts: RestorerParts) {
    this.#parts = parts
    this.#since = parts.clock.monotonic()
  }

  /**
   * Oldest first; answers how many. Who has just come waits a lease before anybody counts as dead: a server that was away
   * could not be told of those that live.
   */
  async restoreExpired(): Promise<number> {
    const { clock, lease, keys } = this.#parts
    const now = clock.monotonic()
    if (now - this.#since < lease * 1000) return 0
    const { unacked, unackedIndex, started, startedIndex } = keys
    const back = this.#howFarBack()
    const held = await this.#find(EXPIRED, unackedIndex, [MOST, back])
    const begun = await this.#find(EXPIRED, startedIndex, [MOST, back])
    if (held.length >= MOST || begun.length >= MOST) this.#wholeAt = Number.NEGATIVE_INFINITY
    const restored = await this.#restore([unacked, unackedIndex], held)
    return restored + (await this.#restore([started, startedIndex], begun, true)) + (await this.#restorePythons(now))
  }

  /** By the wall's clock: the other one stands still while the machine sleeps. */
  #howFarBack(): number | '' {
    const now = this.#parts.clock.now() / 1000
    const isLate = Math.abs(now - this.#lookedAt) > RECENT / 2 || Math.abs(now - this.#wholeAt) > WHOLE_INTERVAL
    this.#lookedAt = now
    if (isLate) this.#wholeAt = now
    return isLate ? '' : RECENT
  }

  /** As Python does it: by one at a time, all `unacked_restore_interval` × `unacked_restore_throttle` seconds. */
  async #restorePythons(now: number): Promise<number> {
    const { client, scripts, keys, worker, settings } = this.#parts
    const { visibilityTimeout, unackedRestoreInterval, unackedRestoreThrottle, unackedRestoreLimit = MOST } = settings
    if (now - this.#pythonAt < unackedRestoreInterval * unackedRestoreThrottle * 1000) return 0
    this.#pythonAt = now
    const { unacked, unackedIndex, unackedMutex } = keys
    const expire = Math.ceil(settings.unackedMutexExpire * 1000)
    if ((await client.set(unackedMutex, worker, 'PX', expire, 'NX')) === null) return 0
    try {
      const found = await this.#find(VISIBLE, unackedIndex, [visibilityTimeout, unackedRestoreLimit])
      return await this.#restore([unacked, unackedIndex], found)
    } finally {
      await scripts.run(UNLOCK, { keys: [unackedMutex], args: [worker] })
    }
  }

  async #restore(
    keys: readonly [hash: string, index: string],
    found: readonly Found[],
    begun = false
  ): Promise<number> {
    let restored = 0
    // The newest batch first: each goes to the front, and so the oldest message ends there.
    for (let end = found.length; end > 0; end -= BATCH)
      restored += await this.#putBack(keys, found.slice(Math.max(0, end - BATCH), end), begun)
    return restored
  }

  /** Oldest first; what was renewed together has one score. */
  async #find(script: string, index: string, args: readonly (number | string)[]): Promise<readonly Found[]> {
    const answer = (await this.#parts.scripts.run(script, { keys: [index], args })) as readonly string[]
    const found: Found[] = []
    for (let at = 0; at < answer.length; at += 2) found.push({ field: answer[at] ?? '', score: answer[at + 1] ?? '' })
    const numberOf = ({ field }: Found): number => readField(field)?.number ?? 0
    return found.toSorted((a, b) => Number(a.score) - Number(b.score) || numberOf(a) - numberOf(b))
  }

  async #putBack(
    keys: readonly [hash: string, index: string],
    batch: readonly Found[],
    begun: boolean
  ): Promise<number> {
    const { client, scripts } = this.#parts
    const values = await client.hmget(keys[0], ...batch.map(({ field }) => field))
    const args: (string | number)[] = []
    for (const [index, { field, score }] of batch.entries()) {
      const place = await this.#placeOf(field, values[index] ?? null, begun)
      if (place !== undefined) args.push(field, score, place.text, place.lists.length, ...place.lists)
    }
    return args.length === 0 ? 0 : Number(await scripts.run(RESTORE, { keys, args }))
  }

  /** undefined: it stays, as nobody can read it. */
  async #placeOf(field: string, value: string | null, begun: boolean): Promise<Place | undefined> {
    const { keys } = this.#parts
    if (value === null) return { lists: [], text: '' }
    const ours = readField(field)
    if (ours === undefined) return this.#placeOfKombu(value)
    const text = envelopeOf(value, ours.queue)
    if (begun) return { lists: [keys.lost(ours.queue)], text }
    return { lists: [keys.list(ours.queue, ours.step)], text: markRedelivered(text) }
  }

  async #placeOfKombu(value: string): Promise<Place | undefined> {
    const { keys } = this.#parts
    const read = readUnacked(value)
    if (read === undefined) return undefined
    const queues = await this.#queuesOf(read.exchange, read.routingKey)
    return { lists: queues.map(queue => keys.list(queue, keys.step(read.priority))), text: read.text }
  }

  /** Python does not say from which queue it took a message, and so puts it into all that its address leads to. */
  async #queuesOf(exchange: string, routingKey: string): Promise<readonly string[]> {
    const routes = exchange === '' ? undefined : await this.#parts.topology.lookup(exchange)
    if (routes === undefined) return [routingKey]
    const bound = routes.bindings.filter(binding => exchangeRouters[routes.type].matches(binding, routingKey, {}))
    return bound.length === 0 ? [routingKey] : [...new Set(bound.map(({ queue }) => queue))]
  }
}
