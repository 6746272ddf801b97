import type { ResultMeta } from '@umbel/protocol'
import { backoffDelay, type Clock, sleep } from '@umbel/runtime'
import type { ResultBackend, Watch } from './contract.js'
import { BackendClosedError } from './errors.js'

export interface LastingWatchParts {
  /** The store as it is now. */
  readonly backend: () => Promise<ResultBackend>
  readonly sink: (batch: readonly ResultMeta[]) => void
  readonly clock: Clock
  readonly random: () => number
  readonly closed: () => void
}

/** Seconds between attempts to watch again. */
const PAUSE = { initial: 0.05, max: 5 }

/** A watch that goes on at the next connection when one has ended. */
export class LastingWatch implements Watch {
  readonly #parts: LastingWatchParts
  /** Not told yet. */
  readonly #ids = new Set<string>()
  readonly #closing = new AbortController()
  #inner: Promise<Watch> | undefined

  constructor(parts: LastingWatchParts) {
    this.#parts = parts
  }

  async add(ids: readonly string[]): Promise<void> {
    if (this.#closing.signal.aborted) throw new BackendClosedError('the watch')
    const fresh = [...new Set(ids)].filter(id => !this.#ids.has(id))
    for (const id of fresh) this.#ids.add(id)
    try {
      await this.#addNow(fresh)
    } catch (error) {
      for (const id of fresh) this.#ids.delete(id)
      throw error
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#ids.delete(id)
    this.#inner?.then(
      watch => watch.remove(ids),
      () => undefined
    )
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#ids.clear()
    const inner = await this.#inner?.catch(() => undefined)
    await inner?.close()
    this.#parts.closed()
  }

  /** Repeated once where the connection ended under it. */
  async #addNow(ids: readonly string[]): Promise<void> {
    const open = this.#inner
    // What is opened now begins with all ids.
    if (open === undefined) return void (await this.#open())
    try {
      await (await open).add(ids)
    } catch (thrown) {
      if (this.#inner === open || this.#closing.signal.aborted) throw thrown
      await (await this.#open()).add(ids)
    }
  }

  #open(): Promise<Watch> {
    if (this.#inner !== undefined) return this.#inner
    const opening = this.#watch(() => {
      if (this.#inner === opening) this.#inner = undefined
    })
    this.#inner = opening
    return opening
  }

  /** `over` is told when it failed, or when its connection has ended. */
  async #watch(over: () => void): Promise<Watch> {
    try {
      const backend = await this.#parts.backend()
      const watch = await backend.watch([...this.#ids], batch => this.#tell(batch))
      void backend.closed.then(() => {
        over()
        void this.#goOn()
      })
      return watch
    } catch (error) {
      over()
      throw error
    }
  }

  async #goOn(): Promise<void> {
    const { clock, random } = this.#parts
    const { signal } = this.#closing
    for (let attempt = 0; this.#ids.size > 0 && !signal.aborted; attempt++) {
      try {
        await this.#open()
        return
      } catch {
        await sleep(backoffDelay(attempt, { ...PAUSE, random }), { clock, signal }).catch(() => undefined)
      }
    }
  }

  #tell(batch: readonly ResultMeta[]): void {
    const fresh = batch.filter(meta => this.#ids.delete(meta.task_id))
    if (fresh.length > 0) this.#parts.sink(fresh)
  }
}
