import { type Clock, failpoint, toError } from '@umbel/runtime'
import {
  ClosedError,
  type ConnectionError,
  type Outgoing,
  PublishError,
  type PublishOptions,
  PublishTimeoutError,
  UnroutableError
} from '@umbel/transport'
import type { ConfirmChannel } from 'amqplib'
import type { DelayExchanges } from './delay/exchanges.js'
import { NOT_BEFORE, withoutDeaths } from './delay/header.js'
import { delayedKey, levelName, LEVELS } from './delay/levels.js'
import { receiverOf } from './delay/relay.js'
import { NOT_FOUND, replyCode, toConnectionError } from './errors.js'
import { sendingId, writeOptions } from './messages.js'
import type { SpareChannel } from './spare-channel.js'

const DEFAULT_DEADLINE = 10
const DEAD_LETTERS = 'umbel.dead.'

type Outcomes = (Error | undefined)[]

export interface PublisherParts {
  /** `apart`: over another connection than what is consumed. */
  readonly open: (apart: boolean) => Promise<ConfirmChannel>
  /** Something is consumed. */
  readonly consuming: () => boolean
  /** Why the server takes nothing at present. */
  readonly blocked: () => string | undefined
  readonly spare: SpareChannel
  readonly delays: DelayExchanges
  readonly clock: Clock
}

/** One channel in confirm mode: all frames of a batch are written, then its confirms are waited for. */
export class Publisher {
  readonly #parts: PublisherParts
  /** What the server sent back, by sending: it comes before its confirm. */
  readonly #returned = new Set<string>()
  /** Exchanges that are there, and queues of dead letters. */
  readonly #known = new Set<string>([''])
  readonly #pending = new Set<Batch>()
  #channel: Promise<ConfirmChannel> | undefined
  /** From before something was consumed; its confirms may be on their way. */
  #former: Promise<ConfirmChannel> | undefined
  #isApart = false
  #count = 0
  /** Batches leave in the order in which they came, whatever each has to wait for first. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  async publish(messages: readonly Outgoing[], options: PublishOptions = {}): Promise<readonly (Error | undefined)[]> {
    if (options.within !== undefined) {
      const error = new PublishError('RabbitMQ cannot publish within a transaction of a database')
      return messages.map(() => error)
    }
    const batch = new Batch(messages.length, this.#parts, options)
    this.#pending.add(batch)
    const sending = this.#last.then(() => this.#send(messages, batch))
    this.#last = Promise.race([sending.catch(thrown => batch.fail(toConnectionError(thrown))), batch.done])
    const outcomes = await batch.done
    this.#pending.delete(batch)
    return outcomes
  }

  /** The connection has ended: nobody will confirm. */
  fail(error: ConnectionError): void {
    for (const batch of this.#pending) batch.fail(error)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pending].map(batch => batch.done))
    for (const channel of [this.#former, this.#channel])
      await (await channel?.catch(() => undefined))?.close().catch(() => {})
  }

  async #send(messages: readonly Outgoing[], batch: Batch): Promise<void> {
    const refused = await this.#prepare(messages)
    if (batch.isOver) return
    const channel = await this.#open()
    if (batch.isOver) return
    failpoint('before-commit')
    messages.forEach((outgoing, index) => {
      const error = refused[index]
      if (error === undefined) this.#write(channel, outgoing, outcome => batch.settle(index, outcome))
      else batch.settle(index, error)
    })
  }

  #write(channel: ConfirmChannel, outgoing: Outgoing, settle: (outcome: Error | undefined) => void): void {
    const id = sendingId(++this.#count)
    const { exchange, routingKey, message } = this.#address(outgoing)
    try {
      const { buffer, byteOffset, byteLength } = message.body
      const body = Buffer.from(buffer, byteOffset, byteLength)
      const options = writeOptions({ ...outgoing, message }, id)
      channel.publish(exchange, routingKey, body, options, error => settle(this.#outcome(id, outgoing, error)))
    } catch (thrown) {
      settle(thrown instanceof PublishError ? thrown : new PublishError(toError(thrown).message, { cause: thrown }))
    }
  }

  #outcome(id: string, { exchange, routingKey }: Outgoing, error: unknown): Error | undefined {
    if (error !== null && error !== undefined)
      return new PublishError(`RabbitMQ did not take the message: ${toError(error).message}`, { recoverable: true })
    failpoint('after-commit')
    if (!this.#returned.delete(id)) return undefined
    return new UnroutableError(`no queue is bound to exchange "${exchange}" with routing key "${routingKey}"`)
  }

  /** What waits at least a second goes through the exchanges of delayed delivery; its consumer waits for the rest. */
  #address(outgoing: Outgoing): Outgoing {
    const { message, notBefore } = outgoing
    if (notBefore === undefined) return outgoing
    const headers = { ...withoutDeaths(message.headers), [NOT_BEFORE]: notBefore }
    if (!this.#isDelayed(outgoing)) return { ...outgoing, message: { ...message, headers } }
    // An expiration that ends in there would only bring the message early.
    const { expiration: _expiration, ...properties } = message.properties
    const routingKey = delayedKey(this.#seconds(notBefore), receiverOf(outgoing))
    return { ...outgoing, exchange: levelName(LEVELS - 1), routingKey, message: { ...message, properties, headers } }
  }

  #isDelayed({ notBefore }: Outgoing): boolean {
    return notBefore !== undefined && this.#seconds(notBefore) >= 1
  }

  #seconds(notBefore: number): number {
    return Math.max(0, Math.floor((notBefore - this.#parts.clock.now()) / 1000))
  }

  /** All that the batch needs is there before its first message is sent, else confirms overtake one another. */
  async #prepare(messages: readonly Outgoing[]): Promise<Outcomes> {
    const delayed = messages.filter(outgoing => this.#isDelayed(outgoing))
    const dead = messages.filter(({ exchange, routingKey }) => exchange === '' && routingKey.startsWith(DEAD_LETTERS))
    for (const queue of new Set(dead.map(({ routingKey }) => routingKey))) await this.#declareDead(queue)
    const missing = new Map<string, Error>()
    for (const exchange of new Set(messages.map(outgoing => outgoing.exchange)))
      if (!this.#known.has(exchange)) await this.#look(exchange, missing)
    const unbound = await this.#parts.delays.ensure(delayed.filter(({ exchange }) => !missing.has(exchange)))
    return messages.map(
      outgoing =>
        missing.get(outgoing.exchange) ?? (this.#isDelayed(outgoing) ? unbound.get(receiverOf(outgoing)) : undefined)
    )
  }

  /** Nobody else declares it, and an unroutable dead letter would keep its message unsettled. */
  async #declareDead(queue: string): Promise<void> {
    const key = `queue ${queue}`
    if (this.#known.has(key)) return
    // Declared by hand with other arguments it is there as well.
    await this.#parts.spare.run(channel => channel.assertQueue(queue, { durable: true })).catch(() => {})
    this.#known.add(key)
  }

  /** A message to an exchange that is not there would end the channel, and with it the confirms of its neighbours. */
  async #look(exchange: string, missing: Map<string, Error>): Promise<void> {
    try {
      await this.#parts.spare.run(channel => channel.checkExchange(exchange))
      this.#known.add(exchange)
    } catch (thrown) {
      if (replyCode(thrown) !== NOT_FOUND) missing.set(exchange, toConnectionError(thrown))
      else missing.set(exchange, new UnroutableError(`there is no exchange "${exchange}"`))
    }
  }

  #open(): Promise<ConfirmChannel> {
    if (this.#parts.consuming() && !this.#isApart) {
      this.#isApart = true
      this.#former = this.#channel
      this.#channel = undefined
    }
    this.#channel ??= this.#parts.open(this.#isApart).then(channel => {
      channel.on('error', () => {})
      channel.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)))
      channel.on('close', () => {
        this.#channel = undefined
        this.#known.clear()
        this.#known.add('')
      })
      return channel
    })
    return this.#channel
  }
}

/** The outcomes of one publish; what is open at its deadline is a PublishTimeoutError. */
class Batch {
  readonly done: Promise<readonly (Error | undefined)[]>
  readonly #outcomes: Outcomes
  readonly #open: Set<number>
  #resolve: (outcomes: Outcomes) => void = () => {}
  readonly #release: () => void

  constructor(size: number, { clock, blocked }: PublisherParts, options: PublishOptions) {
    const { deadline = DEFAULT_DEADLINE, signal } = options
    const why = (): string => (blocked() === undefined ? '' : `, as it takes nothing at present: ${blocked()}`)
    this.#outcomes = Array.from({ length: size }, () => undefined)
    this.#open = new Set(this.#outcomes.keys())
    this.done = new Promise(resolve => {
      this.#resolve = resolve
    })
    const timer = clock.setTimer(deadline * 1000, () => this.fail(late(`within ${deadline} s${why()}`)))
    const abort = (): void => this.fail(late('before publishing was aborted', toError(signal?.reason)))
    signal?.addEventListener('abort', abort, { once: true })
    this.#release = () => {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
    }
    if (signal?.aborted === true) abort()
  }

  get isOver(): boolean {
    return this.#open.size === 0
  }

  settle(index: number, outcome: Error | undefined): void {
    if (!this.#open.delete(index)) return
    this.#outcomes[index] = outcome
    if (!this.isOver) return
    this.#release()
    this.#resolve(this.#outcomes)
  }

  fail(error: Error): void {
    for (const index of [...this.#open]) this.settle(index, error)
  }
}

function late(when: string, cause?: Error): PublishTimeoutError {
  return new PublishTimeoutError(`RabbitMQ did not confirm ${when}; the message may or may not have arrived`, {
    recoverable: true,
    ...(cause === undefined ? {} : { cause })
  })
}

export function closedError(what: string, cause: Error | undefined): ClosedError {
  return new ClosedError(`the ${what} is closed`, cause === undefined ? {} : { cause })
}
