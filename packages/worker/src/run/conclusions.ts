import type { Pool } from '@umbel/pool'
import type { WorkerRequest } from '../consume/request.js'
import { type Consequence, onlySettled, waitsForHooks } from '../outcome/consequence.js'

export interface ConclusionsOptions {
  readonly pool: () => Pool
  /** Now the broker may be told. */
  readonly settle: (consequence: Consequence) => void
  /** One less is open. */
  readonly changed: () => void
}

interface Pending {
  readonly request: WorkerRequest
  readonly consequence: Consequence | undefined
  recorded: 'not yet' | 'done' | 'never'
  concluded: boolean
}

/**
 * Jobs whose hooks follow the record of their outcome (on_success, after_return …). Each keeps its slot meanwhile, and
 * its late ack waits for the hooks, so that a worker killed in between leaves the message to another.
 */
export class Conclusions {
  readonly #options: ConclusionsOptions
  readonly #pending = new Map<string, Pending>()

  constructor(options: ConclusionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#pending.size
  }

  get requests(): readonly WorkerRequest[] {
    return [...this.#pending.values()].map(({ request }) => request)
  }

  /** The consequence that tells when it is recorded: then the hooks run. */
  after(request: WorkerRequest, consequence: Consequence): Consequence {
    const pending: Pending = { request, consequence, recorded: 'not yet', concluded: false }
    this.#pending.set(request.key, pending)
    return { ...consequence, recorded: done => this.#recorded(pending, done) }
  }

  /** Nothing is to be recorded any more: the message is another worker's. */
  atOnce(request: WorkerRequest): void {
    this.#pending.set(request.key, { request, consequence: undefined, recorded: 'never', concluded: false })
    this.#options.pool().conclude([request.key])
  }

  /** Its hooks have run, or their executor is gone. */
  concluded(key: string): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    pending.concluded = true
    this.#finish(pending)
  }

  #recorded(pending: Pending, done: boolean): void {
    pending.recorded = done ? 'done' : 'never'
    if (pending.concluded) return this.#finish(pending)
    const { key } = pending.request
    if (done) this.#options.pool().conclude([key])
    else this.#options.pool().end(key, 'shutdown')
  }

  #finish({ request, consequence, recorded }: Pending): void {
    if (recorded === 'not yet') return
    this.#pending.delete(request.key)
    if (recorded === 'done' && consequence !== undefined && waitsForHooks(consequence))
      this.#options.settle(onlySettled(request, consequence.settlement))
    this.#options.changed()
  }
}
