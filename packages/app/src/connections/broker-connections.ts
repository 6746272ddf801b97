import type { Clock } from '@umbel/runtime'
import {
  type Connection,
  type ConnectOptions,
  resolveTransport,
  type Transport,
  type TransportCapabilities
} from '@umbel/transport'
import type { Settings } from '../settings/index.js'
import { brokerUrlOf } from './broker-urls.js'
import { Failover } from './failover.js'
import { brokerOptions } from './options.js'

export interface BrokerConnectionsParts {
  readonly settings: () => Settings
  readonly transports: readonly Transport[]
  readonly clock: Clock
  readonly random: () => number
}

/** `read`: where tasks are taken from; `write`: where they are sent. */
export type BrokerUse = 'read' | 'write'

/** Opens connections to the broker as the settings say, the next one of a list each time. */
export class BrokerConnections {
  readonly #parts: BrokerConnectionsParts
  readonly #failovers = new Map<BrokerUse, { readonly settings: Settings; readonly order: Failover }>()

  constructor(parts: BrokerConnectionsParts) {
    this.#parts = parts
  }

  /** As configured; SQLite when nothing is. */
  url(use: BrokerUse): string {
    return brokerUrlOf(this.#parts.settings(), use)
  }

  /** @throws UnknownSchemeError */
  capabilities(): TransportCapabilities {
    return resolveTransport(this.url('read'), this.#parts.transports).capabilities
  }

  /** A connection of the caller's own. @throws ConnectionError */
  async connect(use: BrokerUse, options: ConnectOptions): Promise<Connection> {
    const { transports, clock, settings } = this.#parts
    const url = this.#orderOf(use).next()
    const transport = resolveTransport(url, transports)
    return await transport.connect(url, { clock, ...brokerOptions(settings(), url), ...options })
  }

  /** An edit of the settings begins the list anew. */
  #orderOf(use: BrokerUse): Failover {
    const settings = this.#parts.settings()
    const known = this.#failovers.get(use)
    if (known?.settings === settings) return known.order
    const { brokerFailoverStrategy: strategy } = settings
    const order = new Failover({ urls: this.url(use), strategy, random: this.#parts.random })
    this.#failovers.set(use, { settings, order })
    return order
  }
}
