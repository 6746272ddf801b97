import { randomUUID } from 'node:crypto'
import type {
  Channel,
  Connection,
  ConnectOptions,
  ConsumeOptions,
  Delivery,
  Outgoing,
  QueueStat,
  Subscription,
  Transport
} from '../contract.js'
import type { ExchangeType, Queue } from '../topology.js'
import type { Ability } from './abilities.js'
import { Collector } from './collector.js'
import { expect } from './jest.js'
import { toQueue } from './messages.js'
import { until } from './until.js'

/** A broker to test against. */
export interface TransportSetup {
  readonly transport: Transport
  readonly url: string
  /** URL of every second connection, where it differs. Default `url`. */
  readonly second?: string
  teardown(): Promise<void>
}

export type DefineScenario = (title: string, body: (scene: Scene) => Promise<void>) => void

/** Adds a test; the scene is made for it and cleaned up after it. */
export interface Scenario extends DefineScenario {
  /** The same for tests that are skipped where the broker lacks an ability. */
  needing(ability: Ability): DefineScenario
}

export interface Consumer {
  readonly collector: Collector
  readonly subscription: Subscription
}

/** What one test uses of a broker: connections that are closed and queues that are deleted at its end. */
export class Scene {
  readonly transport: Transport
  readonly #setup: TransportSetup
  readonly #connections: Connection[] = []
  readonly #collectors: Collector[] = []
  readonly #queues: string[] = []

  constructor(setup: TransportSetup) {
    this.#setup = setup
    this.transport = setup.transport
  }

  get url(): string {
    return this.#setup.url
  }

  async connect(options: ConnectOptions = {}): Promise<Connection> {
    const { url, second = url } = this.#setup
    const connection = await this.transport.connect(this.#connections.length % 2 === 0 ? url : second, options)
    this.#connections.push(connection)
    return connection
  }

  /** A channel on a connection of its own. */
  async channel(options: ConnectOptions = {}): Promise<Channel> {
    return (await this.connect(options)).openChannel()
  }

  /** A name no other test uses; the queue is deleted at the end. */
  name(): string {
    const name = `umbel.conformance.${randomUUID()}`
    this.#queues.push(name)
    return name
  }

  /** Declares a queue of a new name. */
  async queue(channel: Channel, definition: Omit<Queue, 'name'> = {}): Promise<string> {
    const name = this.name()
    await channel.declare({ queues: [{ name, ...definition }] })
    return name
  }

  /**
   * Declares an exchange of a new name that no message reaches a queue through: its one binding only makes it go, where
   * brokers keep exchanges, when that queue is deleted at the end.
   */
  async exchange(channel: Channel, type: ExchangeType): Promise<string> {
    const [name, keeper] = [this.name(), this.name()]
    await channel.declare({
      exchanges: [{ name, type, autoDelete: true }],
      queues: [{ name: keeper }],
      bindings: [{ exchange: name, queue: keeper, routingKey: keeper }]
    })
    return name
  }

  /** Publishes texts to a queue and expects that all are taken. */
  async send(channel: Channel, queue: string, texts: readonly string[]): Promise<void> {
    await this.publish(
      channel,
      texts.map(text => toQueue(queue, text))
    )
  }

  async publish(channel: Channel, batch: readonly Outgoing[]): Promise<void> {
    expect(await channel.publish(batch)).toEqual(batch.map(() => undefined))
  }

  async consume(
    channel: Channel,
    queues: readonly string[],
    options: Partial<ConsumeOptions> & { readonly react?: (batch: readonly Delivery[]) => void } = {}
  ): Promise<Consumer> {
    const { react, ...rest } = options
    const collector = new Collector(react)
    this.#collectors.push(collector)
    const subscription = await channel.consume(queues, collector, { prefetch: 0, ...rest })
    return { collector, subscription }
  }

  /** Consumes and acknowledges whatever comes. */
  async drain(channel: Channel, queues: readonly string[], prefetch = 0): Promise<Consumer> {
    return this.consume(channel, queues, { prefetch, react: batch => void this.ack(channel, batch) })
  }

  async ack(channel: Channel, batch: readonly Delivery[]): Promise<void> {
    const outcomes = await channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' })))
    expect(outcomes).toEqual(batch.map(() => undefined))
  }

  async stat(channel: Channel, queue: string): Promise<QueueStat> {
    const [stat] = await channel.stat([queue])
    if (stat === undefined) throw new Error('stat answered nothing')
    return stat
  }

  /** Waits until the queue has so many ready messages: some brokers count a moment later. */
  async ready(channel: Channel, queue: string, count: number): Promise<void> {
    await until(`${count} ready in ${queue}`, async () => (await this.stat(channel, queue)).ready === count)
  }

  /** Gives what should not happen a fair chance to happen: several round trips to the broker. */
  async calm(channel: Channel): Promise<void> {
    for (let round = 0; round < 5; round++) {
      await channel.stat([])
      await this.stat(channel, 'umbel.conformance.nothing')
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  async finish(): Promise<void> {
    for (const connection of this.#connections) await connection.close()
    for (const collector of this.#collectors) collector.end()
    await this.#deleteQueues()
    expect(this.#collectors.flatMap(collector => collector.breaches)).toEqual([])
  }

  async #deleteQueues(): Promise<void> {
    if (this.#queues.length === 0) return
    const connection = await this.transport.connect(this.url)
    const channel = await connection.openChannel()
    for (const queue of this.#queues) await channel.delete(queue)
    await connection.close()
  }
}
