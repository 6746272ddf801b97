import type { ResultBackend } from '@umbel/backend'
import { type Clock, type Logger, type Timer, toError } from '@umbel/runtime'
import { untilAborted } from '../until-aborted.js'
import type { CarryOut } from './carry-out.js'

export interface SweeperOptions {
  readonly backend: () => Promise<ResultBackend>
  readonly carryOut: CarryOut
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Seconds that a join may be complete and unpublished before others take it up. */
  readonly patience: number
  /** Aborts when the worker gives up what it has not done. */
  readonly gaveUp: AbortSignal
}

const CLEAN_UP_EVERY = 600

/** Finds joins that were complete when their worker died, and drops results that have expired. */
export class JoinSweeper {
  readonly #options: SweeperOptions
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #cleanUpAt: number
  #stopped = false

  constructor(options: SweeperOptions) {
    this.#options = options
    this.#cleanUpAt = options.clock.monotonic() + CLEAN_UP_EVERY * 1000 * options.random()
  }

  start(): void {
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await untilAborted(this.#round, this.#options.gaveUp)
  }

  #schedule(): void {
    if (this.#stopped) return
    const { clock, random, patience } = this.#options
    const sweep = (): void => {
      this.#round = this.#sweep().finally(() => this.#schedule())
    }
    this.#timer = clock.setTimer(patience * 1000 * (0.5 + random() / 2), sweep)
  }

  async #sweep(): Promise<void> {
    const { backend, carryOut, clock, logger, patience } = this.#options
    try {
      const store = await backend()
      if (!store.capabilities.joins) return
      await carryOut.repeatJoins(await store.pendingJoins(patience))
      if (clock.monotonic() < this.#cleanUpAt) return
      this.#cleanUpAt = clock.monotonic() + CLEAN_UP_EVERY * 1000
      await store.sweep()
    } catch (thrown) {
      logger.warn(`the result store could not be swept: ${toError(thrown).message}`)
    }
  }
}
