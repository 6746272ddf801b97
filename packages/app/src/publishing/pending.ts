import type { GetOptions } from '@umbel/canvas'
import { toError } from '@umbel/runtime'
import type { AsyncResult } from '../results/async-result.js'

/**
 * A task on its way. `await` it to know that the broker has it, or use it at once: every verb of AsyncResult that
 * asks for something waits for the sending first.
 */
export class PendingResult<R> implements PromiseLike<AsyncResult<R>> {
  readonly id: string
  readonly #sent: Promise<AsyncResult<R>>
  #awaited = false

  constructor(id: string, sent: Promise<AsyncResult<R>>) {
    this.id = id
    this.#sent = sent
    sent.catch((thrown: unknown) => this.#report(toError(thrown)))
  }

  // oxlint-disable-next-line unicorn/no-thenable -- awaiting it is its purpose
  then<A = AsyncResult<R>, B = never>(
    onSent?: ((result: AsyncResult<R>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null
  ): Promise<A | B> {
    return this.#delivered().then(onSent, onError)
  }

  get(options: GetOptions & { readonly propagate: false }): Promise<R | Error>
  get(options?: GetOptions): Promise<R>
  async get(options: GetOptions = {}): Promise<R | Error> {
    return (await this.#delivered()).get(options)
  }

  #delivered(): Promise<AsyncResult<R>> {
    this.#awaited = true
    return this.#sent
  }

  /** A failure that nobody waits for must not pass in silence, nor end the process. */
  #report(error: Error): void {
    if (!this.#awaited) process.emitWarning(`task ${this.id} was not sent: ${error.message}`, 'UmbelPublishWarning')
  }
}
