import { type Binding, type Exchange, type Queue, type Topology, TopologyError } from '@umbel/transport'
import { attempt } from './errors.js'
import type { SpareChannel } from './spare-channel.js'
import { writeTable } from './tables/write.js'

const TYPES: readonly string[] = ['direct', 'topic', 'fanout', 'headers']

/** Exchanges, then queues, then bindings. @throws TopologyError with the server's own words */
export async function declareTopology(spare: SpareChannel, topology: Topology): Promise<void> {
  const { exchanges = [], queues = [], bindings = [] } = topology
  // A type that the server does not know ends the whole connection.
  for (const { name, type = 'direct' } of exchanges)
    if (!TYPES.includes(type))
      throw new TopologyError(`exchange "${name}" has unknown type "${type}"; known: ${TYPES.join(', ')}`)
  for (const exchange of exchanges) if (!isBuiltIn(exchange.name)) await declareExchange(spare, exchange)
  for (const queue of queues) await declareQueue(spare, queue)
  for (const binding of bindings) await bind(spare, binding)
}

function isBuiltIn(name: string): boolean {
  return name === '' || name.startsWith('amq.')
}

function declareExchange(spare: SpareChannel, exchange: Exchange): Promise<void> {
  const { name, type = 'direct', durable = true, autoDelete = false } = exchange
  const options = { durable, autoDelete, arguments: writeTable(exchange.arguments ?? {}) }
  return attempt(`exchange "${name}"`, () => spare.run(channel => channel.assertExchange(name, type, options)))
}

function declareQueue(spare: SpareChannel, queue: Queue): Promise<void> {
  const { name, durable = true, autoDelete = false, exclusive = false } = queue
  if (name === '') throw new TopologyError('a queue needs a name')
  const options = { durable, autoDelete, exclusive, arguments: writeTable(queue.arguments ?? {}) }
  return attempt(`queue "${name}"`, () => spare.run(channel => channel.assertQueue(name, options)))
}

function bind(spare: SpareChannel, binding: Binding): Promise<void> {
  const { exchange, queue, routingKey = '' } = binding
  const what = `binding of queue "${queue}" to exchange "${exchange}"`
  const given = writeTable(binding.arguments ?? {})
  return attempt(what, () => spare.run(channel => channel.bindQueue(queue, exchange, routingKey, given)))
}
