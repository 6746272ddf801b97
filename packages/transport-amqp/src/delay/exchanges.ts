import { UnroutableError, TopologyError } from '@umbel/transport'
import type { Channel } from 'amqplib'
import { NOT_FOUND, replyCode, toTopologyError } from '../errors.js'
import type { SpareChannel } from '../spare-channel.js'
import { DELIVERY_EXCHANGE } from './header.js'
import { LEVELS, levelArguments, levelName, levelPattern, queuePattern } from './levels.js'

export type DelayedQueueType = 'quorum' | 'classic'

/** The exchanges and queues of Celery's native delayed delivery, declared when the first message waits in them. */
export class DelayExchanges {
  readonly #spare: SpareChannel
  readonly #type: DelayedQueueType
  readonly #bound = new Map<string, Promise<Error | undefined>>()
  #declared: Promise<void> | undefined

  constructor(spare: SpareChannel, type: DelayedQueueType) {
    this.#spare = spare
    this.#type = type
  }

  /** Makes sure that what waits for these queues will reach them; queue by queue, why it would not. */
  async ensure(queues: ReadonlySet<string>): Promise<ReadonlyMap<string, Error>> {
    const errors = new Map<string, Error>()
    for (const queue of queues) {
      const error = await this.#ensureOne(queue)
      if (error === undefined) continue
      errors.set(queue, error)
      this.#bound.delete(queue)
    }
    return errors
  }

  /** It is deleted, its binding with it. */
  forget(queue: string): void {
    this.#bound.delete(queue)
  }

  async #ensureOne(queue: string): Promise<Error | undefined> {
    const pattern = queuePattern(queue)
    if (Buffer.byteLength(pattern) > 255)
      return new UnroutableError(`the name of queue "${queue}" is too long for a delayed message: at most 199 bytes`)
    try {
      this.#declared ??= this.#declare()
      await this.#declared
    } catch (thrown) {
      this.#declared = undefined
      return toTopologyError(thrown, 'the exchanges of delayed delivery')
    }
    const bound = this.#bound.get(queue) ?? this.#bind(queue, pattern)
    this.#bound.set(queue, bound)
    return bound
  }

  async #bind(queue: string, pattern: string): Promise<Error | undefined> {
    try {
      await this.#spare.run(channel => channel.bindQueue(queue, DELIVERY_EXCHANGE, pattern))
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
      const error = toTopologyError(thrown, 'the exchanges of delayed delivery')
      if (!(error instanceof TopologyError) || !error.message.includes('x-queue-type')) throw error
      await this.#spare.run(channel => declareLevels(channel, other))
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
