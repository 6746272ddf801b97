import { toError, UmbelError } from './errors.js'
import { instrument } from './instrument.js'
import type { Service } from './service.js'

/** `stop` or `terminate` came before the service had started. */
export class ServiceStoppedError extends UmbelError {
  static override readonly code = 'SERVICE_STOPPED'
}

interface Life {
  readonly controller: AbortController
  readonly started: Promise<void>
}

/**
 * Gives a service its guarantees: it starts once however often `start` is called, `stop` may come at any time and any
 * number of times, and the last call wins. A stopped service may be started again. Subclasses bring the hooks:
 * `onStart` heeds its signal; `onStop` clears everything and is also called after an `onStart` that failed half-way
 * or was aborted; `onTerminate` may overtake an `onStop` under way.
 */
export abstract class ServiceBase implements Service {
  abstract readonly name: string
  #life: Life | undefined
  #stopping: Promise<void> | undefined
  #terminating: Promise<void> | undefined
  #stops = 0

  /** Started and not stopping. */
  get running(): boolean {
    return this.#life !== undefined && !this.#life.controller.signal.aborted
  }

  /** @throws ServiceStoppedError when `stop` came before the start was done; else what `onStart` threw */
  start(signal: AbortSignal): Promise<void> {
    const ending = this.#terminating ?? this.#stopping
    if (ending !== undefined) return this.#startAfter(ending, signal)
    if (this.#life !== undefined) return this.#life.started
    const controller = new AbortController()
    const started = this.#begin(controller, signal)
    const life = { controller, started }
    this.#life = life
    started.catch(() => {
      if (this.#life === life) this.#life = undefined
    })
    return started
  }

  stop(): Promise<void> {
    this.#stops++
    this.#stopping ??= this.#end().finally(() => {
      this.#stopping = undefined
    })
    return this.#stopping
  }

  /** Like `stop`, but by `onTerminate`, which may overtake a start or a stop under way. */
  terminate(): Promise<void> {
    this.#stops++
    this.#terminating ??= this.#endNow().finally(() => {
      this.#terminating = undefined
    })
    return this.#terminating
  }

  protected abstract onStart(signal: AbortSignal): Promise<void>
  protected abstract onStop(): Promise<void>

  protected onTerminate(): Promise<void> {
    return this.onStop()
  }

  async #startAfter(ending: Promise<void>, signal: AbortSignal): Promise<void> {
    const stops = this.#stops
    await ending.catch(() => undefined)
    if (stops !== this.#stops) throw this.#stopped()
    return this.start(signal)
  }

  async #begin(controller: AbortController, signal: AbortSignal): Promise<void> {
    const forward = (): void => controller.abort(signal.reason)
    signal.addEventListener('abort', forward, { once: true })
    try {
      if (signal.aborted) forward()
      controller.signal.throwIfAborted()
      await this.onStart(controller.signal)
      controller.signal.throwIfAborted()
      instrument('umbel.service.started', () => ({ name: this.name }))
    } catch (thrown) {
      // What went wrong at first is what the caller must hear, not a trouble of tidying up after it.
      await this.onStop().catch(() => undefined)
      throw toError(controller.signal.aborted ? controller.signal.reason : thrown)
    } finally {
      signal.removeEventListener('abort', forward)
    }
  }

  async #end(): Promise<void> {
    const life = this.#life
    if (life === undefined) return
    this.#abort(life)
    try {
      if (await succeeded(life.started)) await this.onStop()
    } finally {
      if (this.#life === life) this.#life = undefined
      instrument('umbel.service.stopped', () => ({ name: this.name }))
    }
  }

  async #endNow(): Promise<void> {
    const life = this.#life
    if (life === undefined) return
    this.#abort(life)
    try {
      await this.onTerminate()
      await Promise.allSettled([life.started, this.#stopping])
    } finally {
      if (this.#life === life) this.#life = undefined
    }
  }

  #abort(life: Life): void {
    life.controller.abort(this.#stopped())
  }

  #stopped(): ServiceStoppedError {
    return new ServiceStoppedError(`Service '${this.name}' was stopped before it had started`)
  }
}

export interface ServiceHooks {
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  quiet?(): void
  /** Default: `stop`. */
  terminate?(): Promise<void>
}

/** A service from plain functions, with the guarantees of ServiceBase. */
export function createService(name: string, hooks: ServiceHooks): Service {
  return new HookedService(name, hooks)
}

class HookedService extends ServiceBase {
  readonly name: string
  readonly #hooks: ServiceHooks

  constructor(name: string, hooks: ServiceHooks) {
    super()
    this.name = name
    this.#hooks = hooks
  }

  quiet(): void {
    this.#hooks.quiet?.()
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    await this.#hooks.start(signal)
  }

  protected override async onStop(): Promise<void> {
    await this.#hooks.stop()
  }

  protected override async onTerminate(): Promise<void> {
    await (this.#hooks.terminate?.() ?? this.#hooks.stop())
  }
}

function succeeded(promise: Promise<void>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false
  )
}
