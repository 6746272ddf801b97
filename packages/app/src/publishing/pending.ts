import type { Pending } from '@umbel/canvas'
import { EncodeError, type TaskState } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { AsyncResult } from '../results/async-result.js'
import type { ResultGetOptions } from '../results/options.js'

/**
 * A task on its way. `await` it to know that the broker has it, or use it at once: whatever asks for the result waits
 * for the sending first.
 */
export class PendingResult<R> implements Pending<AsyncResult<R>> {
  readonly id: string
  readonly get: AsyncResult<R>['get']
  readonly #sent: Promise<AsyncResult<R>>
  #awaited = false

  constructor(id: string, sent: Promise<AsyncResult<R>>) {
    this.id = id
    this.#sent = sent
    this.get = ((options?: ResultGetOptions<R>) =>
      this.#delivered().then(result => result.get(options))) as AsyncResult<R>['get']
    sent.catch((thrown: unknown) => this.#report(toError(thrown)))
  }

  // oxlint-disable-next-line unicorn/no-thenable -- awaiting it is its purpose
  then<A = AsyncResult<R>, B = never>(
    onSent?: ((result: AsyncResult<R>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null
  ): Promise<A | B> {
    return this.#delivered().then(onSent, onError)
  }

  /** What to do when it could not be sent. */
  catch<B>(onError: (error: unknown) => B | PromiseLike<B>): Promise<AsyncResult<R> | B> {
    return this.#delivered().catch(onError)
  }

  async state(): Promise<TaskState> {
    return (await this.#delivered()).state()
  }

  async ready(): Promise<boolean> {
    return (await this.#delivered()).ready()
  }

  async successful(): Promise<boolean> {
    return (await this.#delivered()).successful()
  }

  async failed(): Promise<boolean> {
    return (await this.#delivered()).failed()
  }

  /** As an argument of another task it would be written down before it is known. @throws EncodeError */
  __json__(): never {
    throw new EncodeError('', 'it is a call on its way; await it first, then pass its value or its result.id')
  }

  #delivered(): Promise<AsyncResult<R>> {
    this.#awaited = true
    return this.#sent
  }

  /**
   * A failure that nobody waits for must not pass in silence, nor end the process. An `await` asks a moment after the
   * call, so it is not missed before the turn is over.
   */
  #report(error: Error): void {
    setImmediate(() => {
      if (!this.#awaited) process.emitWarning(`task ${this.id} was not sent: ${error.message}`, 'UmbelPublishWarning')
    })
  }
}
