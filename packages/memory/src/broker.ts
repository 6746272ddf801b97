import { systemClock } from '@umbel/runtime'
import type { ConnectOptions, Transport, TransportCapabilities } from '@umbel/transport'
import { compileLease, virtualConnection } from '@umbel/transport/virtual'
import { MemoryStore } from './store.js'
import { MemoryBroker } from './store-broker.js'

export interface MemoryOptions {
  /**
   * Messages of a consumer that stops renewing its leases come back, as on SQL and Redis; default false: they come back
   * when its connection closes.
   */
  readonly leases?: boolean
}

/**
 * A broker in this process. Stores are named by URL, and belong to the transport that this call makes:
 * `memory://jobs` is one store for all its connections. Of the priorities 0 to 9 the higher number goes first, as in AMQP.
 */
export function memory(options: MemoryOptions = {}): Transport {
  const brokers = new Map<string, MemoryBroker>()
  const leases = options.leases ?? false
  return {
    name: 'memory',
    schemes: ['memory'],
    capabilities: { ...CAPABILITIES, redelivers: leases ? 'on-lease-end' : 'on-disconnect' },
    connect: async (url, connectOptions = {}) => connect(brokerOf(brokers, url), url, { leases, ...connectOptions })
  }
}

const CAPABILITIES = {
  confirms: true,
  fanout: true,
  ttl: true,
  priorities: true,
  delays: true,
  atomic: true,
  prefetch: 'consumer',
  starts: true
} as const satisfies Partial<TransportCapabilities>

/** memory://name, memory://, memory:///name: the name is all between the scheme and the query. */
function brokerOf(brokers: Map<string, MemoryBroker>, url: string): MemoryBroker {
  const name = url.replace(/^memory:\/*/, '').replace(/[/?].*$/, '')
  const known = brokers.get(name)
  if (known !== undefined) return known
  const broker = new MemoryBroker()
  brokers.set(name, broker)
  return broker
}

function connect(broker: MemoryBroker, url: string, options: ConnectOptions & { readonly leases: boolean }) {
  const lease = compileLease(options.lease)
  const { clock = systemClock, leases } = options
  const store = new MemoryStore(broker, { clock, lease: leases ? lease : undefined })
  return virtualConnection(store, { url, clock })
}
