import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { BackendFactory, ResultBackend } from '@umbel/backend'
import type { AnySignature } from '@umbel/canvas'
import type { Control, Mailbox } from '@umbel/control'
import type { ReadCodecs, ResultTuple, WriteCodecs } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Connection, ConnectOptions, Transport, TransportCapabilities } from '@umbel/transport'
import { backendUrlOf } from './connections/backend-url.js'
import { ownStores } from './connections/own-stores.js'
import { BrokerConnections } from './connections/broker-connections.js'
import { backendOptions, backendRetry } from './connections/options.js'
import { AppClosedError } from './errors.js'
import { addToChord } from './execution/add-to-chord.js'
import { EagerRunner } from './execution/eager.js'
import type { RetryPlan } from './execution/outcome.js'
import type { Gateway } from './gateway/gateway.js'
import { LocalGateway } from './gateway/local-gateway.js'
import { Attributes } from './publishing/attributes.js'
import { createCodecs, createResultCodec, type OwnCodecs } from './publishing/codecs.js'
import { AppDispatcher } from './publishing/dispatcher.js'
import type { ComposeEnvironment } from './publishing/environment.js'
import { Publisher } from './publishing/publisher.js'
import { composeRetry } from './publishing/retry-message.js'
import { Sender } from './publishing/sender.js'
import { createControl, createMailbox } from './remote-control.js'
import { ResultAccess } from './results/access.js'
import { type Router, Routing } from './routing/index.js'
import type { Configuration } from './settings/configuration.js'
import type { Settings } from './settings/index.js'
import type { TaskRequest } from './task/bound.js'
import type { TaskDefinition } from './task/definition.js'
import type { TaskRegistry } from './task/registry.js'
import { offsetIn } from './time-zone.js'

export interface ServiceParts {
  /** The application's name, for errors. */
  readonly name: string
  readonly conf: Configuration
  readonly tasks: TaskRegistry
  readonly transports: readonly Transport[]
  readonly codecs: OwnCodecs
  readonly backends: readonly BackendFactory[]
  readonly clock: Clock
  readonly random: () => number
}

/** What hangs on an application's settings: built on first use, anew after each edit of them. */
interface Compiled {
  readonly settings: Settings
  readonly codecs: ReadCodecs & WriteCodecs
  readonly environment: ComposeEnvironment
  readonly mailbox: Mailbox
}

/** The inside of an application, for workers, beat and tools. */
export class AppServices {
  readonly clock: Clock
  readonly random: () => number
  readonly publisher: Publisher
  readonly results: ResultAccess
  readonly dispatcher: AppDispatcher
  readonly sender: Sender
  readonly eager: EagerRunner
  readonly control: Control
  /** Queues and routes. (app.amqp) */
  readonly routing: Routing
  readonly #parts: ServiceParts
  readonly #broker: BrokerConnections
  readonly #origin = `gen${process.pid}@${hostname()}`
  readonly #replyQueue = randomUUID()
  #loaded = false
  #compiled: Compiled | undefined
  #gateway: LocalGateway | undefined
  #attached: Gateway | undefined
  #closing: Promise<void> | undefined
  #closed = false

  constructor(parts: ServiceParts) {
    const { conf, tasks, clock, random } = parts
    const gateway = (): Gateway => this.gateway()
    this.#parts = parts
    this.#broker = new BrokerConnections({ settings: () => conf.settings, transports: parts.transports, clock, random })
    this.clock = clock
    this.random = random
    this.routing = new Routing(() => conf.settings)
    this.publisher = new Publisher(gateway)
    this.control = createControl(this)
    this.results = new ResultAccess({
      gateway,
      control: this.control,
      clock,
      cacheMax: () => this.settings().resultCacheMax
    })
    this.eager = new EagerRunner(this, tasks)
    this.sender = new Sender(this)
    this.dispatcher = new AppDispatcher({
      environment: () => this.composeEnvironment(),
      load: () => this.load(),
      tasks,
      publisher: this.publisher,
      gateway,
      results: this.results,
      eager: () => this.eager
    })
  }

  /** Can settings be read at once? */
  get loaded(): boolean {
    return this.#loaded
  }

  /** Loads the configuration where it is a module. Idempotent. */
  async load(): Promise<void> {
    if (this.#loaded) return
    await this.#parts.conf.load()
    this.#loaded = true
  }

  settings(): Settings {
    return this.#parts.conf.settings
  }

  router(): Router {
    return this.routing.router
  }

  codecs(): ReadCodecs & WriteCodecs {
    return this.#compile().codecs
  }

  /** Remote control's names and messages. */
  mailbox(): Mailbox {
    return this.#compile().mailbox
  }

  composeEnvironment(): ComposeEnvironment {
    return this.#compile().environment
  }

  /** The broker's URL as configured; SQLite when nothing is. */
  brokerUrl(): string {
    return this.#broker.url('read')
  }

  /** undefined: results are disabled, as in Celery when a broker is configured and no result backend. */
  backendUrl(): string | undefined {
    return backendUrlOf(this.settings())
  }

  /** A broker connection of the caller's own, for consuming. */
  async connectBroker(options: ConnectOptions = {}): Promise<Connection> {
    return await this.#broker.connect('read', options)
  }

  /** A broker connection of the caller's own, to where messages are sent. */
  async connectForWrite(options: ConnectOptions = {}): Promise<Connection> {
    return await this.#broker.connect('write', options)
  }

  /** The connection that everything is sent on. */
  async sharedConnection(): Promise<Connection> {
    await this.load()
    return await this.#local().connection()
  }

  brokerCapabilities(): TransportCapabilities {
    return this.#broker.capabilities()
  }

  /** @throws AppClosedError */
  gateway(): Gateway {
    return this.#attached ?? this.#local()
  }

  /** The result store whose calls are not repeated, for the control side of a worker, which repeats them itself. */
  async resultStore(): Promise<ResultBackend> {
    return await this.#local().store()
  }

  /** Sends everything through another gateway from now on: what an executor does. */
  attach(gateway: Gateway): void {
    const opened = this.#gateway
    if (gateway === opened) return
    this.#attached = gateway
    this.#gateway = undefined
    // What the application's module opened while it was loaded belongs to nobody now.
    void opened?.close().catch(ignore)
  }

  /** Sends another attempt of a task while one goes on. (retry with throw=False) */
  async resend(definition: TaskDefinition, request: TaskRequest, plan: RetryPlan): Promise<void> {
    const outgoing = composeRetry(this.composeEnvironment(), request, { definition, plan })
    await this.publisher.publish({ outgoing: { ...outgoing, notBefore: plan.due }, topology: undefined })
  }

  addToChord(request: TaskRequest, signature: AnySignature): Promise<ResultTuple> {
    return addToChord(this.dispatcher, request, signature)
  }

  /** Sends what waits, ends who waits, closes what is open. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.publisher.flush()
    this.#closed = true
    await this.results.close()
    await this.#gateway?.close()
  }

  #local(): LocalGateway {
    if (this.#closed) throw new AppClosedError(`${this.#parts.name}: the application is closed`)
    this.#gateway ??= this.#openGateway()
    return this.#gateway
  }

  #compile(): Compiled {
    const settings = this.settings()
    if (this.#compiled?.settings !== settings) this.#compiled = this.#build(settings)
    return this.#compiled
  }

  #build(settings: Settings): Compiled {
    const codecs = createCodecs(this.#parts.codecs, settings.acceptContent)
    const environment: ComposeEnvironment = {
      settings,
      attributes: new Attributes(settings),
      router: this.router(),
      codecs,
      clock: this.clock,
      origin: this.#origin,
      replyTo: '',
      offsetAt: offsetIn(zoneOf(settings)),
      warn: message => process.emitWarning(message, 'UmbelWarning')
    }
    const mailbox = createMailbox(settings, codecs, this.clock)
    return { settings, codecs, environment, mailbox }
  }

  #openGateway(): LocalGateway {
    const settings = this.settings()
    return new LocalGateway({
      brokerUrl: this.#broker.url('write'),
      connect: options => this.connectForWrite(options),
      backendUrl: this.backendUrl(),
      transports: this.#parts.transports,
      mailbox: this.mailbox(),
      backends: this.#parts.backends,
      clock: this.clock,
      name: this.#origin,
      pooled: settings.brokerPoolLimit !== 0,
      backendOptions: url => {
        const codec = createResultCodec(this.#parts.codecs, settings)
        return { ...backendOptions(settings, url), codec }
      },
      ownStores: ownStores(this.#parts.tasks, this.backendUrl()),
      replyQueue: this.#replyQueue,
      persistentReplies: settings.resultPersistent ?? false,
      backendRetry: backendRetry(settings),
      connectionTimeout: settings.brokerConnectionTimeout,
      retry: settings.taskPublishRetry ? settings.taskPublishRetryPolicy : undefined
    })
  }
}

function ignore(): void {
  // Nobody can do anything about it.
}

/** IANA name, or 'local'. */
export function zoneOf({ enableUtc, timezone }: Pick<Settings, 'enableUtc' | 'timezone'>): string {
  return timezone ?? (enableUtc ? 'UTC' : 'local')
}
