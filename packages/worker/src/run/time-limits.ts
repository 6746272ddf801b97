import type { Clock, Timer } from '@umbel/runtime'
import type { WorkerRequest } from '../consume/request.js'

/** Seconds; undefined = none. */
export interface Limits {
  readonly soft: number | undefined
  readonly hard: number | undefined
}

/** The message wins over the task, the task over the worker. (wire-protocol 8.3) */
export function limitsOf({ parsed, definition }: WorkerRequest, defaults: Limits): Limits {
  const [hard, soft] = parsed.headers.timelimit
  return {
    hard: (hard || definition?.settings.timeLimit) ?? defaults.hard,
    soft: (soft || definition?.settings.softTimeLimit) ?? defaults.soft
  }
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
    const { soft, hard } = limitsOf(request, this.#defaults)
    if (soft === undefined && hard === undefined) return
    const timers = [
      ...(soft === undefined ? [] : [this.#after(soft, () => this.#handlers.soft(request, soft))]),
      ...(hard === undefined ? [] : [this.#after(hard, () => this.#handlers.hard(request, hard))])
    ]
    this.#timers.set(request.key, timers)
  }

  end(key: string): void {
    if (this.#timers.size === 0) return
    for (const timer of this.#timers.get(key) ?? []) timer.cancel()
    this.#timers.delete(key)
  }

  clear(): void {
    for (const key of this.#timers.keys()) this.end(key)
  }

  #after(seconds: number, callback: () => void): Timer {
    return this.#clock.setTimer(seconds * 1000, callback)
  }
}
