import type { ResultBackend, Watch } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { createDeferred, type Deferred } from '@umbel/runtime'

interface Waiter {
  readonly ids: ReadonlySet<string>
  readonly accept: (meta: ResultMeta) => boolean
  readonly found: Deferred<ResultMeta>
}

const KEEP_ALIVE = 2 ** 30

/** Any number of waiters share one watch of the result store. */
export class ResultWatcher {
  readonly #backend: () => Promise<ResultBackend>
  readonly #waiters = new Map<string, Set<Waiter>>()
  #watch: Promise<Watch> | undefined
  #keepAlive: NodeJS.Timeout | undefined

  constructor(backend: () => Promise<ResultBackend>) {
    this.#backend = backend
  }

  /** The first meta of one of the ids that is accepted; rejects with the signal's reason. */
  async first(ids: readonly string[], accept: (meta: ResultMeta) => boolean, signal: AbortSignal): Promise<ResultMeta> {
    const waiter: Waiter = { ids: new Set(ids), accept, found: createDeferred() }
    const aborted = (): void => waiter.found.reject(signal.reason as Error)
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted)
    this.#enter(waiter)
    try {
      await Promise.race([this.#watchAll(ids), waiter.found.promise])
      return await waiter.found.promise
    } finally {
      signal.removeEventListener('abort', aborted)
      void this.#leave(waiter)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#keepAlive)
    const watch = this.#watch
    this.#watch = undefined
    await (await watch)?.close()
  }

  async #watchAll(ids: readonly string[]): Promise<void> {
    this.#watch ??= this.#open()
    await (await this.#watch).add(ids)
  }

  async #open(): Promise<Watch> {
    try {
      return await (await this.#backend()).watch([], batch => this.#tell(batch))
    } catch (error) {
      this.#watch = undefined
      throw error
    }
  }

  #tell(batch: readonly ResultMeta[]): void {
    for (const meta of batch) {
      for (const waiter of this.#waiters.get(meta.task_id) ?? []) {
        if (waiter.accept(meta)) waiter.found.resolve(meta)
      }
    }
  }

  #enter(waiter: Waiter): void {
    this.#keepAlive ??= setInterval(() => undefined, KEEP_ALIVE)
    for (const id of waiter.ids) {
      const waiters = this.#waiters.get(id)
      if (waiters === undefined) this.#waiters.set(id, new Set([waiter]))
      else waiters.add(waiter)
    }
  }

  /** The watch stays open for the next waiter; it does not keep the process alive, the timer does. */
  async #leave(waiter: Waiter): Promise<void> {
    const unused = [...waiter.ids].filter(id => this.#forget(id, waiter))
    if (this.#waiters.size === 0) {
      clearInterval(this.#keepAlive)
      this.#keepAlive = undefined
    }
    const watch = await this.#watch?.catch(() => undefined)
    watch?.remove(unused.filter(id => !this.#waiters.has(id)))
  }

  #forget(id: string, waiter: Waiter): boolean {
    const waiters = this.#waiters.get(id)
    waiters?.delete(waiter)
    if (waiters === undefined || waiters.size > 0) return false
    return this.#waiters.delete(id)
  }
}
