import { Coalescer } from '@umbel/runtime'
import type { Dispatch, Gateway } from '../gateway/gateway.js'

/** Publishes messages of any kind. */
export interface Producer {
  /** Resolves when the broker has the message, after declaring what it needs. @throws what is wrong with it */
  publish(dispatch: Dispatch): Promise<void>
}

/** Turns the sends of one turn into one batch, and sees to it that none is forgotten when the process ends. */
export class Publisher implements Producer {
  readonly #coalescer: Coalescer<Dispatch>
  readonly #tracked = new Set<Promise<unknown>>()
  #open = 0
  #publishing = 0
  /** The last report was made: nobody else counts what comes now. */
  #reported = false
  readonly #onExit = (): void => {
    this.#reported = true
    reportUnsent(Math.max(this.#publishing, this.#tracked.size))
  }

  constructor(gateway: () => Gateway) {
    this.#coalescer = new Coalescer(batch => gateway().publish(batch))
  }

  /** Rejects with the message's own error. */
  publish(dispatch: Dispatch): Promise<void> {
    const sent = this.#coalescer.add(dispatch)
    this.#begin(this.#tracked.size === 0)
    this.#publishing++
    const settled = (): void => {
      this.#publishing--
      this.#end()
    }
    sent.then(settled, settled)
    return sent
  }

  /** Counts work that ends in a message, before there is one. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#begin()
    this.#tracked.add(work)
    try {
      return await work
    } finally {
      this.#tracked.delete(work)
      this.#end()
    }
  }

  /** Resolves when everything sent so far has its answer. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#tracked)
    await this.#coalescer.drain()
  }

  /** What is begun in a handler of the process's end is never sent, and a handler added there is never called. */
  #begin(counts = true): void {
    if (isExiting() && (this.#open === 0 || this.#reported)) return this.#beginTooLate(counts)
    if (this.#open === 0) process.on('exit', this.#onExit)
    this.#open++
  }

  /** Work that is tracked was reported when it began; its message is not another one. */
  #beginTooLate(counts: boolean): void {
    this.#reported = true
    this.#open++
    if (counts) reportUnsent(1)
  }

  readonly #end = (): void => {
    this.#open--
    if (this.#open === 0) process.off('exit', this.#onExit)
  }
}

/** Node says so nowhere else than in this field, which it sets before it calls the handlers. */
function isExiting(): boolean {
  return (process as { readonly _exiting?: boolean })._exiting === true
}

function reportUnsent(count: number): void {
  process.stderr.write(`umbel: the process ended before ${count} task message${count === 1 ? ' was' : 's were'} sent\n`)
}
