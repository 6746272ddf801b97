import type { Scripts } from '@umbel/redis'
import type { Clock, Timer } from '@umbel/runtime'
import type { Listener } from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import type { Keys } from './keys.js'
import { MOVE } from './scripts.js'

export interface WatcherParts {
  readonly client: Redis
  /** Hears what changes. */
  readonly subscriber: Redis
  readonly scripts: Scripts
  readonly keys: Keys
  readonly clock: Clock
  readonly worker: string
  /** Work that nobody waits for has failed. */
  readonly failed: (thrown: unknown) => void
}

/** How often a consumer says that it moves what is due, and how long that holds, seconds. */
const MOVER_INTERVAL = 5
const MOVER_LIFE = 30
const LONGEST_WAIT = 60_000

/** The bell, by the server's client tracking, and the mover of delayed messages. */
export class Watcher {
  readonly #parts: WatcherParts
  readonly #listeners = new Map<Listener, () => void>()
  /** Of these, such as keep the process alive. */
  readonly #holders = new Set<Listener>()
  #upkeepTimer: Timer | undefined
  #dueTimer: Timer | undefined
  #stopped = false

  constructor(parts: WatcherParts) {
    this.#parts = parts
  }

  async open(): Promise<void> {
    const { client, subscriber } = this.#parts
    subscriber.on('message', (_channel: string, keys: string) => this.#changed(keys))
    const id = await subscriber.client('ID')
    await subscriber.subscribe('__redis__:invalidate')
    await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'OPTIN')
    await this.#move()
  }

  /** `idle`: the process may end meanwhile. */
  listen(ring: () => void, idle: boolean): Listener {
    const listener = { close: () => this.#unlisten(listener) }
    this.#listeners.set(listener, ring)
    if (!idle) this.#holders.add(listener)
    this.#keepAlive()
    if (this.#upkeepTimer === undefined) this.#upkeep()
    return listener
  }

  #unlisten(listener: Listener): void {
    this.#listeners.delete(listener)
    this.#holders.delete(listener)
    this.#keepAlive()
  }

  #keepAlive(): void {
    const { stream } = this.#parts.subscriber
    if (this.#holders.size > 0) stream.ref()
    else stream.unref()
  }

  /** Rings at once if one of the lists has something, else when one changes. */
  watch(lists: readonly string[]): void {
    this.#background(this.#look(lists))
  }

  ring(): void {
    if (!this.#stopped) for (const ring of [...this.#listeners.values()]) ring()
  }

  stop(): void {
    this.#stopped = true
    this.#upkeepTimer?.cancel()
    this.#dueTimer?.cancel()
  }

  async #look(lists: readonly string[]): Promise<void> {
    const { client } = this.#parts
    // Written in one go: the server minds the command that follows.
    const caching = client.call('CLIENT', 'CACHING', 'YES')
    const exists = client.exists(...lists)
    const [, count] = await Promise.all([caching, exists])
    if (count > 0) this.ring()
  }

  /** Moves what is due, and waits for the next. */
  async #move(): Promise<void> {
    const { client, keys, scripts, worker } = this.#parts
    const mover = this.#listeners.size > 0 ? worker : ''
    const args = [keys.prefix, keys.separator, mover, MOVER_LIFE]
    const answer = await scripts.run(MOVE, { keys: [keys.delayedIndex, keys.mover, keys.movers], args })
    const [moved = 0, now = 0] = answer as readonly number[]
    const caching = client.call('CLIENT', 'CACHING', 'YES')
    const first = client.zrange(keys.delayedIndex, '0', '0', 'WITHSCORES')
    const [, [, due]] = await Promise.all([caching, first])
    if (moved > 0) this.ring()
    if (due !== undefined) this.#wakeIn(Number(due) - now)
  }

  /** By the server's clock, which says what is due. */
  #wakeIn(milliseconds: number): void {
    if (this.#stopped) return
    this.#dueTimer?.cancel()
    const { clock } = this.#parts
    const delay = Math.min(Math.max(1, milliseconds), LONGEST_WAIT)
    this.#dueTimer = clock.setTimer(delay, () => this.#background(this.#move()), { keepAlive: false })
  }

  /** `keys`: those that changed, joined; '' is all. */
  #changed(keys: string): void {
    if (this.#stopped) return
    if (keys === '' || keys.includes(this.#parts.keys.delayedIndex)) this.#background(this.#move())
    this.ring()
  }

  /** Says that somebody lives who moves, and looks again, in case something went unheard. */
  #upkeep(): void {
    this.#upkeepTimer = undefined
    if (this.#stopped || this.#listeners.size === 0) return
    this.#background(this.#move())
    // Nothing else is asked on this connection: it could be gone without a word, and broadcasts with it.
    this.#background(this.#parts.subscriber.ping())
    this.#upkeepTimer = this.#parts.clock.setTimer(MOVER_INTERVAL * 1000, () => this.#lookAgain(), { keepAlive: false })
  }

  #lookAgain(): void {
    this.ring()
    this.#upkeep()
  }

  #background(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.#parts.failed(thrown))
  }
}
