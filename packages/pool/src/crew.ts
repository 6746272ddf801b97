import { backoffDelay, systemClock, type Timer } from '@umbel/runtime'
import type { ExecutorDeath, PoolOptions } from './contract.js'
import { ExecutorThread, type ThreadObserver } from './thread.js'

export interface CrewObserver extends ThreadObserver {
  /** The number of threads that take jobs has changed. */
  changed(): void
}

const RESTART = { initial: 0.1, max: 5 }

/** The threads of a pool: keeps as many serving as are wanted, whatever happens to them. */
export class Crew {
  readonly #options: PoolOptions
  readonly #observer: CrewObserver
  /** Starting or taking jobs. */
  readonly #serving = new Set<ExecutorThread>()
  /** Finishing the jobs they have. */
  readonly #leaving = new Set<ExecutorThread>()
  readonly #restarts = new Set<Timer>()
  #wanted = 0
  #state: 'closed' | 'starting' | 'open' = 'closed'
  #lastId = 0
  #deaths = 0

  constructor(options: PoolOptions, observer: CrewObserver) {
    this.#options = options
    this.#observer = observer
  }

  /** Threads that take jobs. */
  get ready(): readonly ExecutorThread[] {
    return [...this.#serving].filter(thread => thread.isReady)
  }

  get all(): readonly ExecutorThread[] {
    return [...this.#serving, ...this.#leaving]
  }

  get wanted(): number {
    return this.#wanted
  }

  /** Resolves when all are ready. @throws ExecutorStartError of the first that cannot start; then none is left */
  async start(count: number, signal: AbortSignal): Promise<void> {
    const giveUp = (): void => void this.terminate()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      this.#wanted = count
      this.#state = 'starting'
      this.#fill()
      await Promise.all([...this.#serving].map(thread => thread.ready))
      this.#state = 'open'
      this.#fill()
    } catch (error) {
      await this.terminate()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** Resolves when those added are ready; those too many finish their jobs first. */
  async resize(count: number): Promise<void> {
    this.#wanted = count
    const spare = [...this.#serving].toSorted((left, right) => left.running - right.running)
    for (const thread of spare.slice(0, Math.max(0, this.#serving.size - count))) {
      this.#dismiss(thread)
      thread.retire()
    }
    this.#fill()
    await Promise.all([...this.#serving].map(thread => thread.ready))
  }

  /** No new jobs for this thread; another takes its place at once. */
  condemn(thread: ExecutorThread): void {
    this.#dismiss(thread)
    thread.condemn()
    this.#fill()
  }

  /** A thread did work: what killed the ones before is over. */
  recovered(): void {
    this.#deaths = 0
  }

  async close(): Promise<void> {
    this.#shut()
    await Promise.all(this.all.map(thread => thread.close()))
  }

  async terminate(): Promise<void> {
    this.#shut()
    await Promise.all(this.all.map(thread => thread.terminate()))
  }

  #shut(): void {
    this.#state = 'closed'
    for (const timer of this.#restarts) timer.cancel()
    this.#restarts.clear()
  }

  #dismiss(thread: ExecutorThread): void {
    if (this.#serving.delete(thread)) this.#leaving.add(thread)
  }

  #fill(): void {
    if (this.#state === 'closed') return
    while (this.#serving.size + this.#restarts.size < this.#wanted) this.#spawn()
    this.#observer.changed()
  }

  #spawn(): void {
    const observer = { ...this.#observer, ended: this.#ended.bind(this) }
    const thread = new ExecutorThread(++this.#lastId, this.#options, observer)
    this.#serving.add(thread)
    thread.ready.then(
      () => this.#observer.changed(),
      () => undefined
    )
  }

  #ended(thread: ExecutorThread, death: ExecutorDeath): void {
    const served = this.#serving.delete(thread)
    this.#leaving.delete(thread)
    this.#observer.ended(thread, death)
    if (!served || this.#state !== 'open') return
    this.#options.events.died?.(death)
    this.#restartLater()
    this.#observer.changed()
  }

  #restartLater(): void {
    const delay = backoffDelay(this.#deaths++, RESTART) * 1000
    const timer = (this.#options.clock ?? systemClock).setTimer(delay, () => {
      this.#restarts.delete(timer)
      this.#fill()
    })
    this.#restarts.add(timer)
  }
}
