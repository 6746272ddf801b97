import { isDeepStrictEqual } from 'node:util'
import { type Binding, type Exchange, type Queue, TopologyError } from '@umbel/transport'
import type { ExchangeRoutes } from '@umbel/transport/virtual'

interface DeclaredExchange {
  readonly definition: Exchange
  readonly routes: ExchangeRoutes & { readonly bindings: Binding[] }
}

/** Exchanges and their bindings. */
export class MemoryExchanges {
  readonly #exchanges = new Map<string, DeclaredExchange>()

  constructor() {
    for (const type of ['direct', 'topic', 'fanout', 'headers'] as const) this.declare({ name: `amq.${type}`, type })
  }

  /** @throws TopologyError when it exists and differs */
  declare(definition: Exchange): void {
    const existing = this.#exchanges.get(definition.name)
    if (existing !== undefined) checkSame('exchange', existing.definition, definition)
    else
      this.#exchanges.set(definition.name, { definition, routes: { type: definition.type ?? 'direct', bindings: [] } })
  }

  /** @throws TopologyError when the exchange was never declared */
  bind(binding: Binding): void {
    const exchange = this.#exchanges.get(binding.exchange)
    if (exchange === undefined)
      throw new TopologyError(
        `queue "${binding.queue}" cannot be bound: exchange "${binding.exchange}" was never declared`
      )
    const { bindings } = exchange.routes
    if (!bindings.some(known => isSame(known, binding))) bindings.push(binding)
  }

  lookup(name: string): ExchangeRoutes | undefined {
    return this.#exchanges.get(name)?.routes
  }

  /** The queue is gone. */
  unbind(queue: string): void {
    for (const { routes } of this.#exchanges.values())
      for (let index = routes.bindings.length - 1; index >= 0; index--)
        if (routes.bindings[index]?.queue === queue) routes.bindings.splice(index, 1)
  }
}

/** @throws TopologyError naming what differs from the entity that exists */
export function checkSame(kind: 'exchange' | 'queue', existing: Exchange | Queue, wanted: Exchange | Queue): void {
  const before = withDefaults(existing)
  const after = withDefaults(wanted)
  for (const [name, value] of Object.entries(before))
    if (!isSame(value, after[name]))
      throw new TopologyError(
        `${kind} "${wanted.name}" exists with ${name} ${JSON.stringify(value)}, wanted ${JSON.stringify(after[name])}`
      )
}

function withDefaults(entity: Exchange | Queue): Record<string, unknown> {
  const defaults = { type: 'direct', durable: true, autoDelete: false, exclusive: false, arguments: {} }
  return { ...defaults, ...entity }
}

function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
}
