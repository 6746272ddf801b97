import { isDeepStrictEqual } from 'node:util'
import { type Binding, type Exchange, type ExchangeType, TopologyError } from '@umbel/transport'
import type { ExchangeRoutes } from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import type { Keys } from './keys.js'

const TYPES: readonly string[] = ['direct', 'topic', 'fanout', 'headers'] satisfies readonly ExchangeType[]
const PREDECLARED = /^amq\.(direct|topic|fanout|headers)$/
const DEFAULTS = { type: 'direct', durable: true, autoDelete: false, arguments: {} }

/** Exchanges and bindings: kombu's sets, and beside them what kombu does not keep. */
export class RedisTopology {
  readonly #client: Redis
  readonly #keys: Keys

  constructor(client: Redis, keys: Keys) {
    this.#client = client
    this.#keys = keys
  }

  /** @throws TopologyError when one exists and differs, or its type is unknown */
  async declareExchanges(exchanges: readonly Exchange[]): Promise<void> {
    for (const exchange of exchanges) {
      checkType(exchange)
      const created = await this.#client.hsetnx(this.#keys.exchanges, exchange.name, JSON.stringify(exchange))
      if (created === 1) continue
      const existing = await this.#client.hget(this.#keys.exchanges, exchange.name)
      if (existing !== null) checkSame(parse(existing, exchange.name), exchange)
    }
  }

  /** @throws TopologyError when an exchange was never declared */
  async bind(bindings: readonly Binding[]): Promise<void> {
    const keys = this.#keys
    const known = await Promise.all(bindings.map(({ exchange }) => this.typeOf(exchange)))
    const missing = bindings[known.indexOf(undefined)]
    if (missing !== undefined)
      throw new TopologyError(
        `queue "${missing.queue}" cannot be bound: exchange "${missing.exchange}" was never declared`
      )
    const multi = this.#client.multi()
    bindings.forEach((binding, index) => {
      const { exchange, queue, arguments: given = {} } = binding
      const member = this.#member(binding, known[index])
      multi.sadd(keys.binding(exchange), member)
      multi.sadd(keys.permanentBinding(exchange), member)
      multi.sadd(keys.bound(queue), exchange)
      if (Object.keys(given).length > 0) multi.hset(keys.bindingArguments(exchange), member, JSON.stringify(given))
    })
    await multi.exec()
  }

  /** undefined: never declared. What only Python declared counts as topic if it has patterns, else as direct. */
  async typeOf(exchange: string): Promise<ExchangeType | undefined> {
    return (await this.lookup(exchange))?.type
  }

  async lookup(exchange: string): Promise<ExchangeRoutes | undefined> {
    const [definition, members, given] = await Promise.all([
      this.#client.hget(this.#keys.exchanges, exchange),
      this.#client.smembers(this.#keys.binding(exchange)),
      this.#client.hgetall(this.#keys.bindingArguments(exchange))
    ])
    const bindings = members.map(member => this.#readMember(exchange, member, given[member]))
    const type = definition === null ? this.#guessType(exchange, members) : parse(definition, exchange).type
    return type === undefined ? undefined : { type, bindings }
  }

  /** Removes the queue's bindings, and the exchanges that go with their last. */
  async unbind(queue: string): Promise<void> {
    const keys = this.#keys
    for (const exchange of await this.#client.smembers(keys.bound(queue))) {
      const members = await this.#client.smembers(keys.binding(exchange))
      const gone = members.filter(member => member.endsWith(`${keys.separator}${queue}`))
      if (gone.length > 0) await this.#client.srem(keys.binding(exchange), ...gone)
      if (gone.length > 0) await this.#client.srem(keys.permanentBinding(exchange), ...gone)
      if (gone.length > 0) await this.#client.hdel(keys.bindingArguments(exchange), ...gone)
      const definition = await this.#client.hget(keys.exchanges, exchange)
      if (gone.length === members.length && definition !== null && parse(definition, exchange).autoDelete === true)
        await this.#client.hdel(keys.exchanges, exchange)
    }
    await this.#client.del(keys.bound(queue))
  }

  #member({ routingKey = '', queue }: Binding, type: ExchangeType | undefined): string {
    const pattern = type === 'topic' ? topicPattern(routingKey) : ''
    return [routingKey, pattern, queue].join(this.#keys.separator)
  }

  #readMember(exchange: string, member: string, given: string | undefined): Binding {
    const [routingKey = '', , ...queue] = member.split(this.#keys.separator)
    const binding = { exchange, routingKey, queue: queue.join(this.#keys.separator) }
    return given === undefined ? binding : { ...binding, arguments: JSON.parse(given) as Record<string, unknown> }
  }

  #guessType(exchange: string, members: readonly string[]): ExchangeType | undefined {
    const predeclared = PREDECLARED.exec(exchange)?.[1]
    if (predeclared !== undefined) return predeclared as ExchangeType
    if (members.length === 0) return undefined
    return members.some(member => member.split(this.#keys.separator)[1] !== '') ? 'topic' : 'direct'
  }
}

/** The regular expression that kombu writes beside a topic's routing key, for its own publishers. */
export function topicPattern(routingKey: string): string {
  const wildcards: Readonly<Record<string, string>> = { '*': '[^\\.]+', '#': '.*?' }
  const escaped = routingKey.replace(/[^\p{L}\p{N}.#*]/gu, character => `\\${character}`)
  const words = escaped.split('.').map(word => wildcards[word] ?? word)
  return `^${words.join('\\.')}$`
}

function checkType({ name, type = 'direct' }: Exchange): void {
  if (!TYPES.includes(type))
    throw new TopologyError(`exchange "${name}": expected a type of ${TYPES.join(', ')}, got "${String(type)}"`)
}

function parse(text: string, name: string): Exchange & { readonly type: ExchangeType } {
  try {
    const exchange = { ...DEFAULTS, ...(JSON.parse(text) as Exchange) }
    if (TYPES.includes(exchange.type)) return exchange as Exchange & { readonly type: ExchangeType }
  } catch {
    // Told below.
  }
  throw new TopologyError(`exchange "${name}": what umbel.exchanges says of it cannot be read: ${text.slice(0, 60)}`)
}

function checkSame(existing: Exchange, wanted: Exchange): void {
  const before: Record<string, unknown> = { ...DEFAULTS, ...existing }
  const after: Record<string, unknown> = { ...DEFAULTS, ...(JSON.parse(JSON.stringify(wanted)) as Exchange) }
  for (const [name, value] of Object.entries(before))
    if (!isDeepStrictEqual(value, after[name])) {
      const text = `exists with ${name} ${JSON.stringify(value)}, wanted ${JSON.stringify(after[name])}`
      throw new TopologyError(`exchange "${wanted.name}" ${text}`)
    }
}
