import { type Mailbox, Node } from '@umbel/control'
import { backoffDelay, createDeferred, type Logger, sleep, toError } from '@umbel/runtime'
import type { Connection } from '@umbel/transport'
import { answerWithin } from '../answer-within.js'

export interface ControlStepOptions {
  readonly hostname: string
  readonly mailbox: Mailbox
  readonly handle: (method: string, args: Readonly<Record<string, unknown>>) => unknown
  readonly random: () => number
  readonly logger: Logger
}

/** Seconds between attempts to listen: another connection may have the mailbox until the broker knows that it is gone. */
const PAUSE = { initial: 0.5, max: 5 }

/** Seconds that the worker's start waits for the broker's answer. */
const PATIENCE = 5

/** Hears commands on whichever connection the worker has. (celery.worker.consumer.control.Control) */
export class ControlStep {
  readonly #options: ControlStepOptions
  readonly #first = createDeferred<void>()
  #listening = new AbortController()
  #node: Node | undefined
  #complained = ''

  constructor(options: ControlStepOptions) {
    this.#options = options
  }

  /** Resolves when it listens, could not at the first attempt, or got no answer for a while. */
  get tried(): Promise<void> {
    return this.#first.promise
  }

  /** From now on on this one. */
  attach(connection: Connection): void {
    this.#listening.abort()
    const listening = new AbortController()
    this.#listening = listening
    this.#node = undefined
    void connection.closed.then(() => listening.abort())
    void this.#listen(connection, listening.signal)
  }

  async stop(): Promise<void> {
    this.#listening.abort()
    this.#first.resolve()
    const node = this.#node
    this.#node = undefined
    await node?.close().catch(() => undefined)
  }

  async #listen(connection: Connection, signal: AbortSignal): Promise<void> {
    const { mailbox, random } = this.#options
    for (let attempt = 0; !signal.aborted; attempt++) {
      const opening = this.#open(connection, signal)
      await this.#wait(opening, signal)
      const node = await opening
      this.#first.resolve()
      if (node !== undefined) return this.#adopt(node, signal)
      const delay = backoffDelay(attempt, { ...PAUSE, random })
      await sleep(delay, { clock: mailbox.time, signal }).catch(() => undefined)
    }
  }

  /** Nobody waits for a broker that answers the rest and not this. */
  async #wait(opening: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const { hostname, mailbox, logger } = this.#options
    const answer = await answerWithin(opening, { seconds: PATIENCE, clock: mailbox.time, keepAlive: false })
    if (answer !== 'silent' || signal.aborted) return
    logger.warn(`remote control: no answer about the mailbox of ${hostname} within ${PATIENCE} s; going on without it`)
    this.#first.resolve()
  }

  async #open(connection: Connection, signal: AbortSignal): Promise<Node | undefined> {
    const { hostname, mailbox, handle, logger } = this.#options
    try {
      return await Node.listen(connection, { hostname, mailbox, handle, logger })
    } catch (thrown) {
      const { message } = toError(thrown)
      if (!signal.aborted && message !== this.#complained)
        logger.warn(`remote control: the mailbox of ${hostname} cannot be read: ${message}; trying again`)
      this.#complained = message
      return undefined
    }
  }

  #adopt(node: Node, signal: AbortSignal): void {
    if (signal.aborted) return void node.close().catch(() => undefined)
    this.#node = node
    this.#complained = ''
  }
}
