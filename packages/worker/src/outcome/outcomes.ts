import { type Logger, toError } from '@umbel/runtime'
import type { CarryOut } from './carry-out.js'
import type { Consequence } from './consequence.js'

/** Carries consequences out one batch at a time: what comes while a batch is under way forms the next. */
export class Outcomes {
  readonly #carryOut: CarryOut
  readonly #logger: Logger
  #waiting: Consequence[] = []
  #running: Promise<void> | undefined

  constructor(carryOut: CarryOut, logger: Logger) {
    this.#carryOut = carryOut
    this.#logger = logger
  }

  add(consequences: readonly Consequence[]): void {
    if (consequences.length === 0) return
    this.#waiting.push(...consequences)
    this.#running ??= this.#work()
  }

  get busy(): boolean {
    return this.#running !== undefined
  }

  /** Resolves when everything added so far, and what came meanwhile, is done. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #work(): Promise<void> {
    await new Promise<void>(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#carry(batch)
    }
    this.#running = undefined
  }

  async #carry(batch: readonly Consequence[]): Promise<void> {
    try {
      await this.#carryOut.run(batch)
    } catch (thrown) {
      const labels = batch.map(({ held }) => held.label).join(', ')
      this.#logger.critical(`what became of ${labels} could not be carried out: ${toError(thrown).message}`)
    }
  }
}
