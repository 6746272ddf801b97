import { TopologyError, UnroutableError } from '@umbel/transport'
import type { Channel } from 'amqplib'
import { NOT_FOUND, replyCode, toTopologyError } from '../errors.js'
import type { SpareChannel } from '../spare-channel.js'
import { DELIVERY_EXCHANGE } from './header.js'
import { type DelayedQueueType, delayedPattern, LEVELS, levelArguments, levelName, levelPattern } from './levels.js'
import { receiverOf, relayArguments, type Target } from './relay.js'

const LEVELS_OF_CELERY = 'the exchanges of delayed delivery'

/** The exchanges and queues of Celery's native delayed delivery, declared when the first message waits in them. */
export class DelayExchanges {
  readonly #spare: SpareChannel
  readonly #bound = new Map<string, Promise<Error | undefined>>()
  #type: DelayedQueueType
  #declared: Promise<void> | undefined

  constructor(spare: SpareChannel, type: DelayedQueueType) {
    this.#spare = spare
    this.#type = type
  }

  /** Makes sure that what waits for these targets will reach them; by receiver, why it would not. */
  async ensure(targets: readonly Target[]): Promise<ReadonlyMap<string, Error>> {
    const errors = new Map<string, Error>()
    const receivers = new Map(targets.map(target => [receiverOf(target), target]))
    for (const [receiver, target] of receivers) {
      const error = await this.#ensureOne(receiver, target)
      if (error === undefined) continue
      errors.set(receiver, error)
      this.#bound.delete(receiver)
    }
    return errors
  }

  /** All levels are there, as producers of Celery's need them to be. */
  async declare(): Promise<void> {
    this.#declared ??= this.#declare()
    try {
      await this.#declared
    } catch (thrown) {
      this.#declared = undefined
      throw toTopologyError(thrown, LEVELS_OF_CELERY)
    }
  }

  /**
   * Binds a queue that was declared, or is consumed: it may have been deleted before, its binding with it, while
   * messages wait for it.
   */
  async bind(queue: string): Promise<Error | undefined> {
    const pattern = delayedPattern(queue)
    if (Buffer.byteLength(pattern) > 255) return undefined
    const bound = this.#bind(queue, pattern)
    this.#bound.set(queue, bound)
    const error = await bound
    if (error !== undefined) this.#bound.delete(queue)
    return error
  }

  /** It is deleted, its binding with it. */
  forget(queue: string): void {
    this.#bound.delete(queue)
  }

  async #ensureOne(receiver: string, target: Target): Promise<Error | undefined> {
    const pattern = delayedPattern(receiver)
    if (Buffer.byteLength(pattern) > 255)
      return new UnroutableError(`the name of queue "${receiver}" is too long for a delayed message: at most 199 bytes`)
    try {
      await this.declare()
    } catch (thrown) {
      return thrown as Error
    }
    const bound = this.#bound.get(receiver) ?? this.#receive(receiver, target, pattern)
    this.#bound.set(receiver, bound)
    return bound
  }

  async #receive(receiver: string, target: Target, pattern: string): Promise<Error | undefined> {
    if (target.exchange !== '') {
      const relay = { durable: true, arguments: relayArguments(target, this.#type) }
      const error = await this.#attempt(receiver, channel => channel.assertQueue(receiver, relay))
      if (error !== undefined) return error
    }
    return this.#bind(receiver, pattern)
  }

  #bind(queue: string, pattern: string): Promise<Error | undefined> {
    return this.#attempt(queue, async channel => {
      await channel.assertExchange(DELIVERY_EXCHANGE, 'topic', { durable: true })
      await channel.bindQueue(queue, DELIVERY_EXCHANGE, pattern)
    })
  }

  async #attempt(queue: string, use: (channel: Channel) => Promise<unknown>): Promise<Error | undefined> {
    try {
      await this.#spare.run(use)
      return undefined
    } catch (thrown) {
      if (replyCode(thrown) === NOT_FOUND) return new UnroutableError(`there is no queue "${queue}"`)
      return toTopologyError(thrown, `queue "${queue}" for delayed messages`)
    }
  }

  /** With the type that is there already, if another client chose otherwise. */
  async #declare(): Promise<void> {
    const other: DelayedQueueType = this.#type === 'quorum' ? 'classic' : 'quorum'
    try {
      await this.#spare.run(channel => declareLevels(channel, this.#type))
    } catch (thrown) {
      const error = toTopologyError(thrown, LEVELS_OF_CELERY)
      if (!(error instanceof TopologyError) || !error.message.includes('x-queue-type')) throw error
      await this.#spare.run(channel => declareLevels(channel, other))
      this.#type = other
    }
  }
}

/** From the last level up, so that a message never enters a level whose next is missing. */
async function declareLevels(channel: Channel, type: DelayedQueueType): Promise<void> {
  await channel.assertExchange(DELIVERY_EXCHANGE, 'topic', { durable: true })
  for (let level = 0; level < LEVELS; level++) {
    const name = levelName(level)
    await channel.assertExchange(name, 'topic', { durable: true })
    await channel.assertQueue(name, { durable: true, arguments: levelArguments(level, type) })
    await channel.bindQueue(name, name, levelPattern(level, 1))
    await channel.bindExchange(levelName(level - 1), name, levelPattern(level, 0))
  }
}
