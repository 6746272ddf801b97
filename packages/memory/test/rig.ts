import { systemClock, type Clock } from '@umbel/runtime'
import type { Channel, Connection, Delivery, DeliverySink, Outgoing } from '@umbel/transport'
import { type VirtualOptions, virtualConnection, type VirtualStore } from '@umbel/transport/virtual'
import { MemoryStore } from '../src/store.js'
import { MemoryBroker } from '../src/store-broker.js'

export interface RigOptions {
  readonly clock?: Clock
  readonly lease?: number
  readonly broker?: MemoryBroker
  readonly virtual?: Partial<VirtualOptions>
  /** Verbs of the store to replace; each gets the real store. */
  readonly faults?: (store: MemoryStore) => Partial<VirtualStore>
}

export interface Rig {
  readonly broker: MemoryBroker
  readonly connection: Connection
  readonly channel: Channel
}

/** A virtual channel over the memory store, some verbs of which may fail. */
export async function rig(options: RigOptions = {}): Promise<Rig> {
  const { clock = systemClock, broker = new MemoryBroker(), virtual = {}, faults } = options
  const store = new MemoryStore(broker, { clock, lease: options.lease })
  const seen = faults === undefined ? store : overlay(store, faults(store))
  const connection = virtualConnection(seen, { url: 'memory://rig', clock, ...virtual })
  return { broker, connection, channel: await connection.openChannel() }
}

function overlay(store: MemoryStore, faults: Partial<VirtualStore>): VirtualStore {
  return new Proxy<VirtualStore>(store, {
    get(_target, name) {
      const value: unknown = Reflect.get(name in faults ? faults : store, name)
      return typeof value === 'function' ? value.bind(store) : value
    }
  })
}

/** A message to a queue, the text as body. */
export function out(queue: string, text: string, priority?: number): Outgoing {
  const properties = {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    ...(priority === undefined ? {} : { priority })
  }
  return { exchange: '', routingKey: queue, message: { headers: {}, properties, body: new TextEncoder().encode(text) } }
}

export function text(delivery: Delivery | undefined): string {
  return new TextDecoder().decode(delivery?.message.body)
}

export interface Recorder extends DeliverySink {
  readonly batches: (readonly Delivery[])[]
  readonly all: readonly Delivery[]
  readonly texts: readonly string[]
  readonly gone: number[]
}

export function recorder(react: (batch: readonly Delivery[]) => void = () => {}): Recorder {
  const batches: (readonly Delivery[])[] = []
  const gone: number[] = []
  return {
    batches,
    gone,
    get all() {
      return batches.flat()
    },
    get texts() {
      return batches.flat().map(text)
    },
    deliver(batch) {
      batches.push(batch)
      react(batch)
    },
    lost: tags => void gone.push(...tags)
  }
}
