import { type Clock, type Logger, toError } from '@umbel/runtime'
import type { CarryOut } from './carry-out.js'
import type { Consequence } from './consequence.js'

export interface OutcomesOptions {
  readonly carryOut: Pick<CarryOut, 'run'>
  readonly logger: Logger
  readonly clock: Clock
  /** So many that are not carried out are too many. */
  readonly limit: number
}

/** Milliseconds after which what comes no longer waits for a batch under way: one full queue must not hold up the others. */
const PATIENCE = 1000

/** Carries consequences out a batch at a time: what comes while a batch is under way forms the next. */
export class Outcomes {
  readonly #options: OutcomesOptions
  readonly #underWay = new Set<Promise<void>>()
  #waiting: Consequence[] = []
  #running: Promise<void> | undefined
  #open = 0
  #congested = false
  #relieved = (): void => undefined

  constructor(options: OutcomesOptions) {
    this.#options = options
  }

  add(consequences: readonly Consequence[]): void {
    if (consequences.length === 0) return
    this.#waiting.push(...consequences)
    this.#count(consequences.length)
    this.#running ??= this.#work()
  }

  get busy(): boolean {
    return this.#open > 0
  }

  /** Broker or result store do not take what has happened: no more should happen until they do. (back-pressure) */
  get congested(): boolean {
    return this.#congested
  }

  /** Called when it is no longer congested. */
  onRelief(relieved: () => void): void {
    this.#relieved = relieved
  }

  /** Resolves when everything added so far, and what came meanwhile, is done. */
  async idle(): Promise<void> {
    while (this.busy) await (this.#running ?? Promise.all(this.#underWay))
  }

  async #work(): Promise<void> {
    await new Promise<void>(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#patiently(this.#carry(batch))
    }
    this.#running = undefined
  }

  async #patiently(work: Promise<void>): Promise<void> {
    this.#underWay.add(work)
    await new Promise<void>(resolve => {
      const timer = this.#options.clock.setTimer(PATIENCE, resolve)
      void work.then(() => {
        this.#underWay.delete(work)
        timer.cancel()
        resolve()
      })
    })
  }

  async #carry(batch: readonly Consequence[]): Promise<void> {
    try {
      await this.#options.carryOut.run(batch)
    } catch (thrown) {
      const labels = batch.map(({ held }) => held.label).join(', ')
      this.#options.logger.critical(`what became of ${labels} could not be carried out: ${toError(thrown).message}`)
    } finally {
      this.#count(-batch.length)
    }
  }

  #count(change: number): void {
    const { limit, logger } = this.#options
    this.#open += change
    if (!this.#congested && this.#open >= limit) {
      this.#congested = true
      logger.warn(
        `the outcomes of ${this.#open} tasks wait for the broker or the result store: no more tasks are started`
      )
    } else if (this.#congested && this.#open <= limit / 2) {
      this.#congested = false
      this.#relieved()
    }
  }
}
