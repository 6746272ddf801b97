import { isReady, type ResultMeta } from '@umbel/protocol'
import { type Clock, systemClock, type Timer, toError } from '@umbel/runtime'
import type { Watch } from './contract.js'
import { BackendClosedError } from './errors.js'

/** `ResultBackend.load`. */
export type LoadMetas = (ids: readonly string[]) => Promise<readonly (ResultMeta | undefined)[]>

export interface PollingOptions {
  /** Watched from the start. */
  readonly ids: readonly string[]
  readonly sink: (batch: readonly ResultMeta[]) => void
  /** Seconds between two polls, give or take a quarter. Default 0.5. */
  readonly interval?: number
  /** Most ids per load. Default 1000. */
  readonly limit?: number
  readonly clock?: Clock
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
  /** Told of polls that failed; the next comes later and later, up to 32 intervals. */
  readonly onError?: (error: Error) => void
}

export interface PollingWatch extends Watch {
  /** Something may have changed: look now. For stores that hint but do not push. */
  poke(): void
}

/**
 * Watches by loading, for stores that do not push. The first look is over when this resolves, and rejects with its
 * error. The timer keeps the process alive while ids are watched.
 */
export async function watchByPolling(load: LoadMetas, options: PollingOptions): Promise<PollingWatch> {
  const poller = new Poller(load, options)
  await poller.add(options.ids)
  return poller
}

class Poller implements PollingWatch {
  readonly #load: LoadMetas
  readonly #options: PollingOptions
  readonly #clock: Clock
  readonly #ids = new Set<string>()
  readonly #looks = new Set<Promise<void>>()
  #timer: Timer | undefined
  #polling = false
  #poked = false
  #failures = 0
  #closed = false

  constructor(load: LoadMetas, options: PollingOptions) {
    this.#load = load
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async add(ids: readonly string[]): Promise<void> {
    if (this.#closed) throw new BackendClosedError('the watch')
    const fresh = [...new Set(ids)].filter(id => !this.#ids.has(id))
    for (const id of fresh) this.#ids.add(id)
    try {
      await this.#look(fresh)
    } catch (thrown) {
      this.remove(fresh)
      throw toError(thrown)
    }
    this.#arm()
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#ids.delete(id)
    if (this.#ids.size === 0) this.#disarm()
  }

  poke(): void {
    if (this.#ids.size === 0) return
    this.#poked = true
    if (this.#polling) return
    this.#disarm()
    void this.#poll()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.remove([...this.#ids])
    await Promise.allSettled(this.#looks)
  }

  async #poll(): Promise<void> {
    this.#polling = true
    do {
      this.#poked = false
      await this.#look([...this.#ids]).then(
        () => (this.#failures = 0),
        (thrown: unknown) => this.#failed(toError(thrown))
      )
    } while (this.#poked && this.#ids.size > 0)
    this.#polling = false
    this.#arm()
  }

  #failed(error: Error): void {
    this.#failures = Math.min(this.#failures + 1, 5)
    this.#options.onError?.(error)
  }

  /** Loads and tells; an id leaves the set when it is told, so that two looks at once tell it once. */
  #look(ids: readonly string[]): Promise<void> {
    const look = this.#loadAndTell(ids).finally(() => this.#looks.delete(look))
    this.#looks.add(look)
    return look
  }

  async #loadAndTell(ids: readonly string[]): Promise<void> {
    const { limit = 1000, sink } = this.#options
    for (let start = 0; start < ids.length && !this.#closed; start += limit) {
      const slice = ids.slice(start, start + limit)
      const metas = await this.#load(slice)
      const final = metas.filter((meta, index) => isFinal(meta) && this.#ids.delete(slice[index] ?? ''))
      if (final.length > 0) sink(final as readonly ResultMeta[])
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#polling || this.#closed || this.#ids.size === 0) return
    const { interval = 0.5, random = Math.random } = this.#options
    const delay = interval * 1000 * 2 ** this.#failures * (0.75 + random() / 2)
    this.#timer = this.#clock.setTimer(delay, () => {
      this.#timer = undefined
      void this.#poll()
    })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

function isFinal(meta: ResultMeta | undefined): meta is ResultMeta {
  return meta !== undefined && isReady(meta.status)
}
