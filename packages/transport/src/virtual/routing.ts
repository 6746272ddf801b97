import type { Outgoing } from '../contract.js'
import { TopologyError, UnroutableError } from '../errors.js'
import { exchangeRouters } from './exchanges/index.js'
import type { VirtualSettings } from './settings.js'
import type { ExchangeRoutes, StoredMessage, VirtualStore } from './store.js'

/** What a batch becomes in the store. A message for several queues becomes several, one without a queue none. */
export interface RoutedBatch {
  readonly stored: readonly StoredMessage[]
  /** For each stored message, the index of the outgoing it came from. */
  readonly origins: readonly number[]
  /** One per outgoing: why it was not routed. */
  readonly errors: readonly (Error | undefined)[]
}

/** A TopologyError where what the store keeps of an exchange cannot be read. */
type Routes = ReadonlyMap<string, ExchangeRoutes | TopologyError | undefined>

/** Emulates exchanges: from outgoing messages to queues. */
export class MessageRouter {
  readonly #store: VirtualStore
  readonly #settings: VirtualSettings

  constructor(store: VirtualStore, settings: VirtualSettings) {
    this.#store = store
    this.#settings = settings
  }

  async route(batch: readonly Outgoing[]): Promise<RoutedBatch> {
    const routes = await this.#lookup(batch)
    const known = new Map<string, readonly string[]>()
    const stored: StoredMessage[] = []
    const origins: number[] = []
    const errors = batch.map((outgoing, index) => {
      const routesOf = routes.get(outgoing.exchange)
      if (routesOf instanceof TopologyError) return routesOf
      const queues = this.#queues(outgoing, routesOf, known)
      if (queues.length === 0) return unroutable(outgoing, routes)
      for (const message of this.#copies(outgoing, queues)) {
        stored.push(message)
        origins.push(index)
      }
      return undefined
    })
    return { stored, origins, errors }
  }

  async #lookup(batch: readonly Outgoing[]): Promise<Routes> {
    const names = new Set<string>()
    for (const { exchange } of batch) if (exchange !== '') names.add(exchange)
    const entries = [...names].map(async name => [name, await this.#store.lookup(name).catch(unreadable)] as const)
    return new Map(await Promise.all(entries))
  }

  #queues(
    outgoing: Outgoing,
    exchange: ExchangeRoutes | undefined,
    known: Map<string, readonly string[]>
  ): readonly string[] {
    if (outgoing.exchange === '' && outgoing.routingKey !== '') return [outgoing.routingKey]
    const key = `${outgoing.exchange}\0${outgoing.routingKey}`
    const before = known.get(key)
    if (before !== undefined) return before
    const bound = exchange === undefined ? [] : boundQueues(exchange, outgoing)
    const { deadLetterQueue } = this.#settings
    const queues = bound.length === 0 && deadLetterQueue !== undefined ? [deadLetterQueue] : bound
    if (exchange === undefined || !exchangeRouters[exchange.type].byHeaders) known.set(key, queues)
    return queues
  }

  #copies(outgoing: Outgoing, queues: readonly string[]): readonly StoredMessage[] {
    const id = outgoing.id ?? this.#settings.newId()
    const { exchange, routingKey, message, notBefore, repeated } = outgoing
    return queues.map(queue => ({
      id: queues.length === 1 ? id : `${id}/${queue}`,
      queue,
      exchange,
      routingKey,
      message,
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(repeated === true ? { repeated } : {})
    }))
  }
}

/** The messages to that exchange fail, not their neighbours. */
function unreadable(thrown: unknown): TopologyError {
  if (thrown instanceof TopologyError) return thrown
  throw thrown
}

function boundQueues(exchange: ExchangeRoutes, outgoing: Outgoing): readonly string[] {
  const router = exchangeRouters[exchange.type]
  const queues = new Set<string>()
  for (const binding of exchange.bindings)
    if (router.matches(binding, outgoing.routingKey, outgoing.message.headers)) queues.add(binding.queue)
  return [...queues]
}

function unroutable({ exchange, routingKey }: Outgoing, routes: Routes): UnroutableError {
  if (exchange === '')
    return new UnroutableError('the anonymous exchange needs the name of a queue as routing key, got none')
  const reason =
    routes.get(exchange) === undefined ? 'was never declared' : `has no queue for routing key "${routingKey}"`
  return new UnroutableError(`exchange "${exchange}" ${reason}`)
}
