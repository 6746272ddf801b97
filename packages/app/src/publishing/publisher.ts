import { Coalescer } from '@umbel/runtime'
import type { Dispatch, Gateway } from '../gateway/gateway.js'

/** Turns the sends of one turn into one batch, and sees to it that none is forgotten when the process ends. */
export class Publisher {
  readonly #coalescer: Coalescer<Dispatch>
  #open = 0
  readonly #onExit = (): void => reportUnsent(this.#open)

  constructor(gateway: () => Gateway) {
    this.#coalescer = new Coalescer(batch => gateway().publish(batch))
  }

  async publish(dispatch: Dispatch): Promise<void> {
    this.#begin(1)
    try {
      await this.#coalescer.add(dispatch)
    } finally {
      this.#end(1)
    }
  }

  /** One answer per message. */
  publishAll(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    return Promise.all(batch.map(dispatch => this.publish(dispatch).then(nothing, asError)))
  }

  /** Resolves when everything sent so far has its answer. */
  flush(): Promise<void> {
    return this.#coalescer.drain()
  }

  #begin(count: number): void {
    if (this.#open === 0) process.on('exit', this.#onExit)
    this.#open += count
  }

  #end(count: number): void {
    this.#open -= count
    if (this.#open === 0) process.off('exit', this.#onExit)
  }
}

function reportUnsent(count: number): void {
  process.stderr.write(`umbel: the process ended before ${count} task message${count === 1 ? ' was' : 's were'} sent\n`)
}

function nothing(): undefined {
  return undefined
}

function asError(error: Error): Error {
  return error
}
