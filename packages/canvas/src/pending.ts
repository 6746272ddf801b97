import { EncodeError } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { GetOptions, Handle, Pending } from './handle.js'

/** A handle and the promise of its sending, as one thing that can be awaited or used at once. */
export function createPending<H extends Handle<unknown>>(handle: H, sent: Promise<void>): Pending<H> {
  return new PendingHandle(handle, sent)
}

const UNAWAITED = 'it is a call on its way; await it first, then pass its value (await result.get()) or its result.id'

class PendingHandle<H extends Handle<unknown>> implements Pending<H> {
  readonly get: H['get']
  readonly #handle: H
  readonly #sent: Promise<void>
  #awaited = false

  constructor(handle: H, sent: Promise<void>) {
    this.#handle = handle
    this.#sent = sent
    this.get = ((options?: GetOptions) => this.#delivered().then(ready => ready.get(options))) as H['get']
    sent.catch((thrown: unknown) => this.#report(toError(thrown)))
  }

  get id(): string {
    return this.#handle.id
  }

  // oxlint-disable-next-line unicorn/no-thenable -- awaiting it is its purpose
  then<A = H, B = never>(
    onSent?: ((handle: H) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null
  ): Promise<A | B> {
    return this.#delivered().then(onSent, onError)
  }

  /** As an argument of another task it would be written down before it is known. @throws EncodeError */
  __json__(): never {
    throw new EncodeError('', UNAWAITED)
  }

  async #delivered(): Promise<H> {
    this.#awaited = true
    await this.#sent
    return this.#handle
  }

  /**
   * A failure that nobody waits for must not pass in silence, nor end the process. An `await` asks a moment after the
   * call, so it is not missed before the turn is over.
   */
  #report(error: Error): void {
    setImmediate(() => {
      if (!this.#awaited) process.emitWarning(`${this.id} was not sent: ${error.message}`, 'UmbelPublishWarning')
    })
  }
}
