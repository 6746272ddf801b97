import type { BackendFactory } from '@umbel/backend'
import { type AnySignature, apply } from '@umbel/canvas'
import {
  acceptSet,
  defaultCompressions,
  defaultSerializers,
  type ReadCodecs,
  type ResultTuple,
  taskTuple,
  type WriteCodecs
} from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import {
  type Connection,
  type ConnectOptions,
  resolveTransport,
  type Transport,
  type TransportCapabilities
} from '@umbel/transport'
import { hostname } from 'node:os'
import type { Gateway } from './gateway/gateway.js'
import { LocalGateway } from './gateway/local-gateway.js'
import type { ComposeEnvironment } from './publishing/compose.js'
import { AppDispatcher } from './publishing/dispatcher.js'
import { Publisher } from './publishing/publisher.js'
import { ResultAccess } from './results/access.js'
import { Router } from './routing/index.js'
import type { Configuration } from './settings/configuration.js'
import type { Settings } from './settings/index.js'
import type { TaskRequest } from './task/bound.js'
import type { TaskRegistry } from './task/registry.js'
import { offsetIn } from './time-zone.js'

export interface ServiceParts {
  readonly conf: Configuration
  readonly tasks: TaskRegistry
  readonly transports: readonly Transport[]
  readonly backends: readonly BackendFactory[]
  readonly clock: Clock
  readonly random: () => number
}

/** What hangs on an application's settings: built on first use, anew after each edit of them. */
interface Compiled {
  readonly settings: Settings
  readonly router: Router
  readonly codecs: ReadCodecs & WriteCodecs
  readonly environment: ComposeEnvironment
}

/** The inside of an application, for workers, beat and tools. */
export class AppServices {
  readonly clock: Clock
  readonly random: () => number
  readonly publisher: Publisher
  readonly results: ResultAccess
  readonly dispatcher: AppDispatcher
  readonly #parts: ServiceParts
  readonly #origin = `gen${process.pid}@${hostname()}`
  #compiled: Compiled | undefined
  #gateway: Gateway | undefined
  #attached: Gateway | undefined

  constructor(parts: ServiceParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.random = parts.random
    this.publisher = new Publisher(() => this.gateway())
    this.results = new ResultAccess(() => this.gateway(), parts.clock)
    this.dispatcher = new AppDispatcher({
      environment: () => this.composeEnvironment(),
      tasks: parts.tasks,
      publisher: this.publisher,
      gateway: () => this.gateway(),
      results: this.results
    })
  }

  settings(): Settings {
    return this.#compile().settings
  }

  router(): Router {
    return this.#compile().router
  }

  codecs(): ReadCodecs & WriteCodecs {
    return this.#compile().codecs
  }

  composeEnvironment(): ComposeEnvironment {
    return this.#compile().environment
  }

  /** The broker's URL as configured; SQLite when nothing is. */
  brokerUrl(): string {
    return first(this.settings().brokerUrl) ?? 'sqlite://'
  }

  /** undefined: results are disabled, as in Celery when a broker is configured and no result backend. */
  backendUrl(): string | undefined {
    const { resultBackend, brokerUrl } = this.settings()
    if (resultBackend !== undefined && resultBackend !== null && resultBackend !== 'disabled') return resultBackend
    return first(brokerUrl) === undefined && resultBackend !== 'disabled' ? 'sqlite://' : undefined
  }

  /** A broker connection of the caller's own, for consuming. */
  async connectBroker(options: ConnectOptions = {}): Promise<Connection> {
    const url = this.brokerUrl()
    const transportOptions = this.settings().brokerTransportOptions
    return await resolveTransport(url, this.#parts.transports).connect(url, {
      clock: this.clock,
      transportOptions,
      ...options
    })
  }

  brokerCapabilities(): TransportCapabilities {
    return resolveTransport(this.brokerUrl(), this.#parts.transports).capabilities
  }

  gateway(): Gateway {
    if (this.#attached !== undefined) return this.#attached
    this.#gateway ??= this.#openGateway()
    return this.#gateway
  }

  /** Sends everything through another gateway from now on: what an executor does. */
  attach(gateway: Gateway): void {
    this.#attached = gateway
  }

  async addToChord(request: TaskRequest, signature: AnySignature): Promise<ResultTuple> {
    if (request.chord === null || request.group === null)
      throw new TypeError(`task ${request.task}[${request.id}] is not member of a chord`)
    await this.dispatcher.growChord(request.group, 1)
    const member = signature.set({ groupId: request.group, chord: request.chord })
    const { sent, tuple } = apply(member, this.dispatcher, { rootId: request.rootId, parentId: request.id })
    await sent
    return tuple ?? taskTuple(request.id)
  }

  async close(): Promise<void> {
    await this.publisher.flush()
    await this.results.close()
    await this.#gateway?.close()
    this.#gateway = undefined
  }

  #compile(): Compiled {
    const { settings } = this.#parts.conf
    if (this.#compiled?.settings !== settings) this.#compiled = this.#build(settings)
    return this.#compiled
  }

  #build(settings: Settings): Compiled {
    const router = new Router(settings)
    const codecs = {
      serializers: defaultSerializers,
      compressions: defaultCompressions,
      accept: acceptSet(settings.acceptContent)
    }
    const offsetAt = offsetIn(settings.enableUtc ? (settings.timezone ?? 'UTC') : settings.timezone)
    return {
      settings,
      router,
      codecs,
      environment: { settings, router, codecs, clock: this.clock, origin: this.#origin, replyTo: '', offsetAt }
    }
  }

  #openGateway(): Gateway {
    const settings = this.settings()
    return new LocalGateway({
      brokerUrl: first(settings.brokerWriteUrl) ?? this.brokerUrl(),
      backendUrl: this.backendUrl(),
      transports: this.#parts.transports,
      backends: this.#parts.backends,
      clock: this.clock,
      name: this.#origin,
      transportOptions: settings.brokerTransportOptions,
      backendTransportOptions: settings.resultBackendTransportOptions,
      resultExpires: settings.resultExpires ?? 0,
      retry: settings.taskPublishRetry ? settings.taskPublishRetryPolicy : undefined
    })
  }
}

function first(urls: string | readonly string[] | null | undefined): string | undefined {
  const list = urls === undefined || urls === null ? [] : typeof urls === 'string' ? [urls] : urls
  return list.length === 0 ? undefined : list.join(';')
}
