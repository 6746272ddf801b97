import { type Clock, toError } from '@umbel/runtime'
import type { PublishOptions } from '../contract.js'
import { PublishTimeoutError } from '../errors.js'

/** Publishes under way: each ends with its answer, its deadline, its signal, or the connection. */
export class PendingPublishes {
  readonly #clock: Clock
  readonly #pending = new Set<(error: Error) => void>()
  #idle: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @throws PublishTimeoutError when the deadline passed or the signal aborted: the outcome is unknown
   */
  async run<T>({ deadline = 10, signal }: PublishOptions, publish: () => Promise<T>): Promise<T> {
    if (signal?.aborted === true) throw aborted(signal)
    let end: (error: Error) => void = () => {}
    const ended = new Promise<never>((_resolve, reject) => {
      end = reject
    })
    const abort = (): void => end(aborted(signal))
    const timer = this.#clock.setTimer(deadline * 1000, () => end(timedOut(deadline)))
    signal?.addEventListener('abort', abort, { once: true })
    this.#pending.add(end)
    try {
      return await Promise.race([publish(), ended])
    } finally {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      this.#pending.delete(end)
      if (this.#pending.size === 0) this.#wake()
    }
  }

  /** Resolves when nothing is under way. */
  drain(): Promise<void> {
    return this.#pending.size === 0 ? Promise.resolve() : new Promise(resolve => this.#idle.push(resolve))
  }

  /** The connection is gone: nobody will answer. */
  fail(error: Error): void {
    for (const end of this.#pending) end(error)
  }

  #wake(): void {
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}

function timedOut(deadline: number): PublishTimeoutError {
  return new PublishTimeoutError(
    `the broker did not confirm within ${deadline} s; the message may or may not have arrived`,
    {
      recoverable: true
    }
  )
}

function aborted(signal: AbortSignal | undefined): PublishTimeoutError {
  return new PublishTimeoutError(
    'publishing was aborted before the broker confirmed; the message may or may not have arrived',
    {
      recoverable: true,
      cause: toError(signal?.reason)
    }
  )
}
