import { type Clock, createDeferred } from '@umbel/runtime'
import {
  type Channel,
  type Connection,
  ConnectionError,
  type ConsumeOptions,
  type DeliverySink,
  type QueueStat,
  type Settlement,
  type Subscription,
  type Topology
} from '@umbel/transport'
import { answerWithin } from '../answer-within.js'
import type { Settler } from './held.js'

export interface LinkOptions {
  readonly connect: () => Promise<Connection>
  readonly topology: Topology
  readonly queues: readonly string[]
  readonly consumerArguments: NonNullable<ConsumeOptions['consumerArguments']>
  readonly prefetch: number
  readonly clock: Clock
}

/** Seconds for a broker that accepted the connection to answer all that is asked before the first delivery. */
const PATIENCE = 10

/** A broker connection with everything on it: thrown away whole at the first fault. (peers 2.1, pain 3) */
export class Link implements Settler {
  readonly closed: Promise<Error | undefined>
  readonly #connection: Connection
  readonly #channel: Channel
  #subscription: Subscription | undefined
  readonly #ended = createDeferred<Error | undefined>()
  #credit: number | undefined
  #arrived = 0

  private constructor(connection: Connection, channel: Channel) {
    this.#connection = connection
    this.#channel = channel
    this.closed = this.#ended.promise
    void connection.closed.then(reason => this.#ended.resolve(reason))
  }

  static async open(options: LinkOptions, sink: (link: Link) => DeliverySink): Promise<Link> {
    const connection = await options.connect()
    const opening = Link.#begin(connection, options, sink)
    try {
      const link = await answerWithin(opening, { seconds: PATIENCE, clock: options.clock })
      if (link !== 'silent') return link
    } catch (error) {
      await connection.close()
      throw error
    }
    opening.catch(() => undefined)
    destroy(connection)
    throw new ConnectionError(`the broker did not answer within ${PATIENCE} s`, {
      url: connection.url,
      recoverable: true
    })
  }

  static async #begin(
    connection: Connection,
    { topology, queues, prefetch, consumerArguments }: LinkOptions,
    sink: (link: Link) => DeliverySink
  ): Promise<Link> {
    const channel = await connection.openChannel()
    await channel.declare(topology)
    const link = new Link(connection, channel)
    link.#subscription = await channel.consume(queues, link.#counting(sink(link)), { prefetch, consumerArguments })
    return link
  }

  /** Deliveries so far. */
  get arrived(): number {
    return this.#arrived
  }

  stat(queues: readonly string[]): Promise<readonly QueueStat[]> {
    return this.#channel.stat(queues)
  }

  /** It is no good: nobody waits for its end, which a connection that is half open may never see. */
  abandon(reason: Error): void {
    this.#ended.resolve(reason)
    destroy(this.#connection)
  }

  settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    return this.#channel.settle(batch)
  }

  /** How many unsettled deliveries may be here; none pauses the intake, since 0 would mean no limit. */
  setCredit(count: number): void {
    if (count === this.#credit) return
    this.#credit = count
    if (count <= 0) return this.#subscription?.pause()
    this.#subscription?.setPrefetch(count)
    this.#subscription?.resume()
  }

  /** No delivery comes after it resolved. */
  async quiet(): Promise<void> {
    await this.#subscription?.cancel()
  }

  /** For what else goes with it. */
  get connection(): Connection {
    return this.#connection
  }

  /** Without its password; an SQLite file's path. */
  get brokerUrl(): string {
    return this.#connection.url
  }

  #counting({ deliver, lost }: DeliverySink): DeliverySink {
    const counted: DeliverySink['deliver'] = batch => {
      this.#arrived += batch.length
      deliver(batch)
    }
    return { deliver: counted, lost }
  }

  /** What is unsettled goes back to its queue. */
  async close(): Promise<void> {
    await this.#connection.close()
  }
}

/** Without waiting for an answer. */
function destroy(connection: Connection): void {
  if (connection.destroy === undefined) connection.close().catch(() => undefined)
  else connection.destroy()
}
