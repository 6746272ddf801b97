import {
  type BackendFactory,
  type BackendOptions,
  redactUrl,
  type ReplyOptions,
  resolveBackend,
  type ResultBackend,
  type RetryPolicy,
  withRetries
} from '@umbel/backend'
import { broadcast, type BroadcastRequest, type Mailbox, type NodeReply } from '@umbel/control'
import type { Clock } from '@umbel/runtime'
import {
  type Channel,
  ClosedError,
  type Connection,
  type ConnectOptions,
  ConnectionError,
  resolveTransport,
  type Transport
} from '@umbel/transport'
import { Declarations } from './declarations.js'
import type { Dispatch, Gateway } from './gateway.js'
import { openResultStore } from './result-store.js'
import type { OwnStores } from './task-stores.js'
import { put } from './put.js'
import { Replies } from './replies.js'
import { withoutTransactions } from './without-transactions.js'
import { type PublishRetryPolicy, publishWithRetries } from './publish-retries.js'

export interface LocalGatewayOptions {
  readonly brokerUrl: string
  /** Opens a connection to where messages are sent. */
  readonly connect: (options: ConnectOptions) => Promise<Connection>
  /** undefined: results are disabled. */
  readonly backendUrl: string | undefined
  readonly transports: readonly Transport[]
  readonly backends: readonly BackendFactory[]
  readonly clock: Clock
  readonly name: string
  /** For the result store of that URL. */
  readonly backendOptions: (url: string | undefined) => BackendOptions
  /** Result stores that tasks have of their own. */
  readonly ownStores: OwnStores
  readonly mailbox: Mailbox
  /** Where replies go, for result stores that are no stores. (rpc) */
  readonly replyQueue: string
  /** (result_persistent) */
  readonly persistentReplies: boolean
  /** How calls of the result store are repeated. */
  readonly backendRetry: RetryPolicy
  /** Seconds that connecting to the broker may take, and that attempts to publish take together before there is no other. */
  readonly connectionTimeout: number
  /** false: no connection is kept. Default true. */
  readonly pooled?: boolean
  /** undefined: a failed publish is not repeated. */
  readonly retry: PublishRetryPolicy | undefined
}

interface Link {
  readonly connection: Connection
  readonly channel: Channel
  readonly declarations: Declarations
}

/** Opens one broker connection and one backend, each on first use; what is lost is replaced at the next call. */
export class LocalGateway implements Gateway {
  readonly #options: LocalGatewayOptions
  /** As the drivers resolved them, so that errors name the very file. */
  #brokerUrl: string
  #backendUrl: string
  #link: Promise<Link> | undefined
  #store: Promise<ResultBackend> | undefined
  #backend: ResultBackend | undefined
  #closed = false
  readonly #replies: Replies
  #isReplied: boolean | undefined

  constructor(options: LocalGatewayOptions) {
    this.#options = options
    this.#replies = new Replies(options.replyQueue)
    this.#brokerUrl = redactUrl(options.brokerUrl)
    this.#backendUrl = options.backendUrl === undefined ? 'disabled' : redactUrl(options.backendUrl)
  }

  get replyTo(): string | undefined {
    return this.#hasReplies() ? this.#replies.queue : undefined
  }

  describe(): string {
    return `broker ${this.#brokerUrl}, results ${this.#backendUrl}`
  }

  async publish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    const { clock, retry, connectionTimeout } = this.#options
    if (batch.some(({ within }) => within !== undefined) && !this.#hasTransactions())
      return await withoutTransactions(batch, this.describe(), rest => this.publish(rest))
    return await keepingAlive(
      publishWithRetries(await this.#addressed(batch), {
        publish: dispatches => this.#publish(dispatches),
        clock,
        policy: retry,
        budget: connectionTimeout,
        stopped: () => this.#closed
      })
    )
  }

  /** Repeated once where the connection was gone already. */
  async broadcast(request: BroadcastRequest): Promise<readonly NodeReply[]> {
    const { mailbox, pooled } = this.#options
    if (request.connection !== undefined) return await broadcast(request.connection, mailbox, request)
    if (pooled === false) return await this.#broadcastAlone(request)
    try {
      return await broadcast(await this.connection(), mailbox, request)
    } catch (thrown) {
      if (!(thrown instanceof ClosedError)) throw thrown
      return await broadcast(await this.connection(), mailbox, request)
    }
  }

  /** The connection that messages are sent on. */
  async connection(): Promise<Connection> {
    return (await this.#open()).connection
  }

  /** The result store, its calls repeated as the settings say. */
  async backend(): Promise<ResultBackend> {
    const { clock, backendRetry } = this.#options
    const store = await this.store()
    this.#backend ??= withRetries(store, { clock, ...backendRetry })
    return this.#backend
  }

  /** The same without repeats, for who repeats by rules of its own. */
  store(): Promise<ResultBackend> {
    this.#store ??= this.#openStore().catch((error: unknown) => {
      this.#store = undefined
      throw error
    })
    return this.#store
  }

  async close(): Promise<void> {
    this.#closed = true
    const [link, store] = await Promise.all([this.#link?.catch(ignore), this.#store?.catch(ignore)])
    await Promise.all([link?.connection.close(), (this.#backend ?? store)?.close()])
  }

  async #publish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    if (this.#options.pooled === false) return await this.#publishAlone(batch)
    const { channel, declarations } = await this.#open()
    await declarations.ensure(batch)
    return await put(channel, batch)
  }

  /** Without a pool each use has a connection of its own. (broker_pool_limit = 0) */
  async #publishAlone(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    const { connection, channel, declarations } = await this.#connect()
    try {
      await declarations.ensure(batch)
      return await put(channel, batch)
    } finally {
      await connection.close()
    }
  }

  async #broadcastAlone(request: BroadcastRequest): Promise<readonly NodeReply[]> {
    const connection = await this.#connectBroker()
    try {
      return await broadcast(connection, this.#options.mailbox, request)
    } finally {
      await connection.close()
    }
  }

  /** Where results are replies, their queue is there before the first message that names it. */
  async #addressed(batch: readonly Dispatch[]): Promise<readonly Dispatch[]> {
    if (!this.#hasReplies()) return batch
    const addressed = batch.map(dispatch => this.#replies.address(dispatch))
    await this.store()
    return addressed
  }

  #hasReplies(): boolean {
    const { backendUrl, backends } = this.#options
    this.#isReplied ??= backendUrl !== undefined && resolveBackend(backendUrl, backends).factory.replies === true
    return this.#isReplied
  }

  #hasTransactions(): boolean {
    const { brokerUrl, transports } = this.#options
    return resolveTransport(brokerUrl, transports).capabilities.transactions === true
  }

  #open(): Promise<Link> {
    this.#link ??= this.#watched(this.#connect())
    return this.#link
  }

  /** A link that could not be made, or that has ended, is forgotten: the next call makes another. */
  #watched(connecting: Promise<Link>): Promise<Link> {
    const forget = (): void => {
      if (this.#link === connecting) this.#link = undefined
    }
    connecting.then(({ connection }) => connection.closed).then(forget, forget)
    return connecting
  }

  async #connect(): Promise<Link> {
    const connection = await this.#connectBroker()
    this.#brokerUrl = connection.url
    try {
      const channel = await connection.openChannel()
      return { connection, channel, declarations: new Declarations(channel) }
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  async #connectBroker(): Promise<Connection> {
    try {
      return await this.#options.connect({ name: this.#options.name })
    } catch (error) {
      if (error instanceof ConnectionError) this.#brokerUrl = error.url ?? this.#brokerUrl
      throw error
    }
  }

  #replyOptions(): ReplyOptions {
    return {
      queue: this.#replies.queue,
      connect: () => this.#connectBroker(),
      isExpected: id => this.#replies.isExpected(id),
      expect: ids => this.#replies.expect(ids),
      persistent: this.#options.persistentReplies
    }
  }

  async #openStore(): Promise<ResultBackend> {
    const { backendUrl, backends, clock, backendOptions, ownStores } = this.#options
    return await openResultStore(backendUrl, {
      backends,
      clock,
      options: backendOptions,
      ownStores,
      replies: this.#replyOptions(),
      opened: url => {
        this.#backendUrl = url
      }
    })
  }
}

/** Drivers let the process end while their connections are idle: what is under way has to hold it. */
async function keepingAlive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, KEEP_ALIVE)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

const KEEP_ALIVE = 2 ** 30

function ignore(): undefined {
  return undefined
}
