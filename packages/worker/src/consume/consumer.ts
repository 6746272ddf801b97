import { backoffDelay, type Clock, type Logger, type Timer, toError } from '@umbel/runtime'
import { ConnectionError, type DeliverySink } from '@umbel/transport'
import { Link, type LinkOptions } from './link.js'
import { Watchdog } from './watchdog.js'

export interface ConsumerOptions extends Omit<LinkOptions, 'prefetch'> {
  readonly sink: (link: Link) => DeliverySink
  /** Asked anew for each link. */
  readonly credit: () => number
  /** Told of each link. */
  readonly adopted?: (link: Link) => void
  /** Could a task start now? */
  readonly hungry: () => boolean
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly retry: ConnectionRetry
  /** What the log calls the broker. */
  readonly brokerUrl: string
}

export interface ConnectionRetry {
  /** Is the broker asked again where it cannot be reached? (broker_connection_retry_on_startup) */
  readonly atStart: boolean
  /** Is a lost connection replaced? (broker_connection_retry) */
  readonly afterLoss: boolean
  /** Attempts each time; 0 = for ever. (broker_connection_max_retries) */
  readonly max: number
}

/** Seconds after which a link counts as a good one. */
const STEADY = 5
/** Between two attempts, seconds: consuming again within 10 s of the broker's return takes one and a connection. */
const LONGEST_PAUSE = 5
/** How long a broker that refuses us is asked again after a loss, seconds. */
const REFUSED_FOR = 300

/** Keeps one link to the broker: a lost one is replaced, with growing pauses, until it is stopped. */
export class Consumer {
  readonly #options: ConsumerOptions
  readonly #failed: (error: Error) => void
  readonly #watchdog: Watchdog
  #link: Link | undefined
  #stopped = false
  #pause: Timer | undefined
  #adoptedAt = Number.NEGATIVE_INFINITY
  #lostAt: number | undefined
  #briefLinks = 0
  #wakeUp: (() => void) | undefined

  /** `failed` is told when the attempts are used up. */
  constructor(options: ConsumerOptions, failed: (error: Error) => void) {
    this.#options = options
    this.#failed = failed
    this.#watchdog = new Watchdog(options)
  }

  get link(): Link | undefined {
    return this.#link
  }

  /** @throws the last ConnectionError when every attempt failed */
  async start(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => this.#halt()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await this.#connect(this.#options.retry.atStart)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  setCredit(count: number): void {
    this.#link?.setCredit(count)
  }

  /** Takes nothing more, and connects no more. */
  async quiet(): Promise<void> {
    this.#halt()
    await this.#link?.quiet()
  }

  async close(): Promise<void> {
    await this.quiet()
    const link = this.#link
    this.#link = undefined
    await link?.close()
  }

  #halt(): void {
    this.#stopped = true
    this.#watchdog.stop()
    this.#pause?.cancel()
    this.#wakeUp?.()
  }

  async #connect(again: boolean): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt++) {
      try {
        const { credit, sink, ...options } = this.#options
        const link = await Link.open({ ...options, prefetch: Math.max(1, credit()) }, sink)
        if (this.#stopped) return await link.close()
        this.#adopt(link)
        return
      } catch (thrown) {
        if (!again) throw thrown
        await this.#wait(attempt, toError(thrown))
      }
    }
  }

  #adopt(link: Link): void {
    this.#link = link
    this.#adoptedAt = this.#options.clock.monotonic()
    link.setCredit(this.#options.credit())
    this.#options.adopted?.(link)
    this.#watchdog.watch(link)
    void link.closed.then(reason => this.#replace(link, reason))
  }

  async #replace(link: Link, reason: Error | undefined): Promise<void> {
    if (this.#stopped || this.#link !== link) return
    this.#link = undefined
    this.#lostAt = this.#options.clock.monotonic()
    this.#watchdog.stop()
    if (!this.#options.retry.afterLoss) return this.#failed(lossOf(reason))
    this.#options.logger.warn(
      `Connection to broker lost (${reason?.message ?? 'closed'}). Trying to re-establish the connection...`
    )
    try {
      await this.#catchBreath()
      await this.#connect(true)
      if (!this.#stopped) this.#options.logger.info(`Connected to ${this.#options.brokerUrl}`)
    } catch (thrown) {
      this.#failed(toError(thrown))
    }
  }

  /** A broker that accepts connections and drops them is no reason to hurry. */
  async #catchBreath(): Promise<void> {
    const { clock, random } = this.#options
    const brief = clock.monotonic() - this.#adoptedAt < STEADY * 1000
    this.#briefLinks = brief ? this.#briefLinks + 1 : 0
    if (this.#briefLinks > 1)
      await this.#sleep(backoffDelay(this.#briefLinks, { initial: 0.1, max: LONGEST_PAUSE, random }))
  }

  async #wait(attempt: number, error: Error): Promise<void> {
    const { retry, random, logger, brokerUrl } = this.#options
    const maxRetries = retry.max
    if (this.#isHopeless(error, attempt) || (maxRetries > 0 && attempt >= maxRetries)) throw error
    const delay = backoffDelay(attempt, { initial: 0.5, max: LONGEST_PAUSE, random })
    const limit = maxRetries > 0 ? `/${maxRetries}` : ''
    logger.error(
      `consumer: Cannot connect to ${placeOf(error) ?? brokerUrl}: ${error.message}. Trying again in ${delay.toFixed(2)} seconds... (${attempt + 1}${limit})`
    )
    await this.#sleep(delay)
  }

  /** What worked may work again: a password that is changed, a user who is let in again. */
  #isHopeless(error: Error, attempt: number): boolean {
    if (!('recoverable' in error) || error.recoverable !== false) return false
    if (this.#lostAt === undefined) return attempt === 0
    return this.#options.clock.monotonic() - this.#lostAt > REFUSED_FOR * 1000
  }

  async #sleep(seconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wakeUp = resolve
      this.#pause = this.#options.clock.setTimer(seconds * 1000, resolve)
    })
  }
}

/** With broker_connection_retry off a loss ends the worker. */
function lossOf(reason: Error | undefined): Error {
  return reason ?? new ConnectionError('the connection to the broker was closed')
}

/** An SQLite file's path, where the URL says `sqlite://` alone. */
function placeOf(error: Error): string | undefined {
  return error instanceof ConnectionError ? error.url : undefined
}
