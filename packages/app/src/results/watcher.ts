import type { ResultBackend, Watch } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { createDeferred, type Deferred } from '@umbel/runtime'
import { AppClosedError } from '../errors.js'

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
  /** What the watch told of ids that somebody still waits for: it need not tell it again. */
  readonly #told = new Map<string, ResultMeta>()
  #watch: Promise<Watch> | undefined
  /** Ids of this turn, watched in one call. */
  #asking: { readonly ids: Set<string>; readonly done: Promise<void> } | undefined
  #keepAlive: NodeJS.Timeout | undefined

  constructor(backend: () => Promise<ResultBackend>) {
    this.#backend = backend
  }

  /** The first meta of one of the ids that is accepted; rejects with the signal's reason. */
  async first(ids: readonly string[], accept: Waiter['accept'], signal: AbortSignal): Promise<ResultMeta> {
    signal.throwIfAborted()
    const waiter: Waiter = { ids: new Set(ids), accept, found: createDeferred() }
    const aborted = (): void => waiter.found.reject(signal.reason as Error)
    signal.addEventListener('abort', aborted)
    this.#enter(waiter)
    try {
      await Promise.race([this.#ask(ids), waiter.found.promise])
      return await waiter.found.promise
    } finally {
      signal.removeEventListener('abort', aborted)
      void this.#leave(waiter)
    }
  }

  /** Whoever waits is told that there will be no answer. */
  async close(): Promise<void> {
    const waiters = new Set([...this.#waiters.values()].flatMap(set => [...set]))
    for (const { found, ids } of waiters) found.reject(new AppClosedError(`${[...ids][0]}: the application was closed`))
    const watch = this.#watch
    this.#watch = undefined
    await (await watch?.catch(() => undefined))?.close()
  }

  #enter(waiter: Waiter): void {
    this.#keepAlive ??= setInterval(() => undefined, KEEP_ALIVE)
    for (const id of waiter.ids) {
      const waiters = this.#waiters.get(id)
      if (waiters === undefined) this.#waiters.set(id, new Set([waiter]))
      else waiters.add(waiter)
      const told = this.#told.get(id)
      if (told !== undefined && waiter.accept(told)) waiter.found.resolve(told)
    }
  }

  #ask(ids: readonly string[]): Promise<void> {
    this.#asking ??= { ids: new Set(), done: Promise.resolve().then(() => this.#watchAsked()) }
    for (const id of ids) this.#asking.ids.add(id)
    return this.#asking.done
  }

  async #watchAsked(): Promise<void> {
    const ids = [...(this.#asking?.ids ?? [])]
    this.#asking = undefined
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
      const waiters = this.#waiters.get(meta.task_id)
      if (waiters === undefined) continue
      this.#told.set(meta.task_id, meta)
      for (const waiter of waiters) if (waiter.accept(meta)) waiter.found.resolve(meta)
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
    this.#told.delete(id)
    return this.#waiters.delete(id)
  }
}
