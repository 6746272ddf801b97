import type { Clock, Timer } from '@umbel/runtime'
import { ConnectionError, type QueueStat } from '@umbel/transport'
import { answerWithin } from '../answer-within.js'

/** What is watched: a link to the broker. */
export interface Watched {
  /** Deliveries so far. */
  readonly arrived: number
  stat(queues: readonly string[]): Promise<readonly QueueStat[]>
  /** Thrown away, with all that hangs on it. */
  abandon(reason: Error): void
}

export interface WatchdogOptions {
  readonly queues: readonly string[]
  /** Could a task start now? */
  readonly hungry: () => boolean
  readonly clock: Clock
}

/** Seconds between two looks, and for the broker to answer one. */
const INTERVAL = 2
const PATIENCE = 3
/** Looks at a queue that is not empty while nothing arrives. */
const LOOKS = 2
/** Seconds; where a new link does not help (another consumer has the queue for itself), the next one is not hurried. */
const LONGEST_INTERVAL = 300

/** Proves that a worker consumes: where slots are free and nothing arrives, it asks the broker whether nothing is there. (peers 2.1, pain 3) */
export class Watchdog {
  readonly #options: WatchdogOptions
  #watched: Watched | undefined
  #timer: Timer | undefined
  #seen = 0
  #looks = 0
  #interval = INTERVAL

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  watch(watched: Watched): void {
    this.stop()
    this.#watched = watched
    this.#seen = watched.arrived
    this.#looks = 0
    this.#schedule()
  }

  stop(): void {
    this.#watched = undefined
    this.#timer?.cancel()
  }

  #schedule(): void {
    const look = (): void => void this.#look()
    this.#timer = this.#options.clock.setTimer(this.#interval * 1000, look, { keepAlive: false })
  }

  async #look(): Promise<void> {
    const watched = this.#watched
    if (watched === undefined) return
    const reason = this.#isFed(watched) ? undefined : await this.#ask(watched)
    if (this.#watched !== watched) return
    if (reason === undefined) return this.#schedule()
    this.#interval = Math.min(LONGEST_INTERVAL, this.#interval * 2)
    this.stop()
    watched.abandon(reason)
  }

  #isFed({ arrived }: Watched): boolean {
    const fed = arrived > this.#seen
    if (fed) this.#interval = INTERVAL
    if (fed || !this.#options.hungry()) this.#looks = 0
    this.#seen = arrived
    return fed || !this.#options.hungry()
  }

  /** Why the link is no good. */
  async #ask(watched: Watched): Promise<Error | undefined> {
    const { queues } = this.#options
    const answer = await this.#answerOf(watched.stat(queues))
    if (answer === 'silent') return new ConnectionError(`the broker did not answer within ${PATIENCE} s`)
    const [full] = answer.filter(({ ready }) => ready > 0)
    if (full === undefined || watched.arrived > this.#seen) this.#looks = 0
    else if (++this.#looks >= LOOKS)
      return new ConnectionError(`${full.ready} messages wait in the queue ${full.queue} and none arrives`)
    return undefined
  }

  /** What fails says so by itself. */
  async #answerOf(asked: Promise<readonly QueueStat[]>): Promise<readonly QueueStat[] | 'silent'> {
    const { clock } = this.#options
    return await answerWithin(
      asked.catch(() => []),
      { seconds: PATIENCE, clock, keepAlive: false }
    )
  }
}
