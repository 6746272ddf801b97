import { textFlaw } from '@umbel/runtime'
import { TopologyError } from '../errors.js'
import type { Topology } from '../topology.js'
import { exchangeRouters } from './exchanges/index.js'

/** Refuses what no broker could declare, and leaves out what exists anyway: `''` and `amq.…` exchanges. */
export function checkTopology({ exchanges = [], queues = [], bindings = [] }: Topology): Required<Topology> {
  for (const { name, type } of exchanges) {
    checkName('exchange', name)
    if (type !== undefined && !Object.hasOwn(exchangeRouters, type))
      throw new TopologyError(
        `exchange "${name}" has unknown type "${String(type)}"; known: ${Object.keys(exchangeRouters).join(', ')}`
      )
  }
  for (const { name } of queues) if (checkName('queue', name) === '') throw new TopologyError('a queue needs a name')
  for (const { exchange, queue } of bindings)
    if (checkName('exchange', exchange) === '' || checkName('queue', queue) === '')
      throw new TopologyError(`a binding needs the names of an exchange and a queue, got "${exchange}" and "${queue}"`)
  return { exchanges: exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.')), queues, bindings }
}

function checkName(kind: string, name: unknown): string {
  if (typeof name !== 'string') throw new TopologyError(`the name of a ${kind} must be a string, got ${typeof name}`)
  const flaw = textFlaw(name)
  if (flaw !== undefined)
    throw new TopologyError(`the name of a ${kind} must be text that every store keeps, got ${flaw}`)
  return name
}
