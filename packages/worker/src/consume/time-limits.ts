import type { Clock, Timer } from '@umbel/runtime'
import type { WorkerRequest } from './request.js'

/** Seconds; undefined = none. */
export interface Limits {
  readonly soft: number | undefined
  readonly hard: number | undefined
}

export interface LimitHandlers {
  /** Both get the limit in seconds. */
  soft(request: WorkerRequest, limit: number): void
  hard(request: WorkerRequest, limit: number): void
}

/** One pair of timers per running task that has limits. */
export class TimeLimits {
  readonly #clock: Clock
  readonly #defaults: Limits
  readonly #handlers: LimitHandlers
  readonly #timers = new Map<string, readonly Timer[]>()

  constructor(clock: Clock, defaults: Limits, handlers: LimitHandlers) {
    this.#clock = clock
    this.#defaults = defaults
    this.#handlers = handlers
  }

  start(request: WorkerRequest): void {
    const { soft, hard } = this.#limitsOf(request)
    const timers = [
      ...(soft === undefined ? [] : [this.#after(soft, () => this.#handlers.soft(request, soft))]),
      ...(hard === undefined ? [] : [this.#after(hard, () => this.#handlers.hard(request, hard))])
    ]
    if (timers.length > 0) this.#timers.set(request.key, timers)
  }

  end(key: string): void {
    for (const timer of this.#timers.get(key) ?? []) timer.cancel()
    this.#timers.delete(key)
  }

  clear(): void {
    for (const key of this.#timers.keys()) this.end(key)
  }

  /** The message wins over the task, the task over the worker. (wire-protocol 8.3) */
  #limitsOf({ parsed, definition }: WorkerRequest): Limits {
    const [hard, soft] = parsed.headers.timelimit
    return {
      hard: (hard || definition?.settings.timeLimit) ?? this.#defaults.hard,
      soft: (soft || definition?.settings.softTimeLimit) ?? this.#defaults.soft
    }
  }

  #after(seconds: number, callback: () => void): Timer {
    return this.#clock.setTimer(seconds * 1000, callback)
  }
}
