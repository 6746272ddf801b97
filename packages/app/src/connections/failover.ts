import { ImproperlyConfigured } from '@umbel/protocol'
import { BrokerUrl } from '@umbel/transport'
import type { Settings } from '../settings/index.js'

/** The order in which the servers of a list are tried. (broker_failover_strategy, kombu's failover_strategies) */
export type FailoverStrategy = (servers: readonly string[]) => Iterable<string>

export interface FailoverOptions {
  readonly urls: string
  readonly strategy: Settings['brokerFailoverStrategy']
  readonly random: () => number
}

/**
 * Turns a list of URLs so that each connection is first tried where the strategy says: after a loss not at the server
 * that was lost. Sentinels are one place, in any order.
 * @throws ImproperlyConfigured for a strategy that there is not
 */
export class Failover {
  readonly #list: readonly string[]
  readonly #reorder: (round: number) => readonly string[]
  #round = 0

  constructor({ urls, strategy, random }: FailoverOptions) {
    this.#list = urls.split(/;(?=[a-z][a-z0-9+.-]*:\/\/)/i)
    const list = this.#list
    if (strategy == null || strategy === 'round-robin') this.#reorder = round => turned(list, round)
    else if (strategy === 'shuffle') this.#reorder = () => shuffled(list, random)
    else if (typeof strategy === 'function') this.#reorder = () => chosen(strategy as FailoverStrategy, list)
    else throw new ImproperlyConfigured(`broker_failover_strategy: ${EXPECTED}, got '${strategy}'`)
  }

  /** The whole list, the server to try first in front. */
  next(): string {
    const [first = ''] = this.#list
    if (this.#list.length === 1 || BrokerUrl.parse(first).scheme === 'sentinel') return this.#list.join(';')
    return this.#reorder(this.#round++).join(';')
  }
}

const EXPECTED = "expected 'round-robin', 'shuffle' or a function of the list"

function turned(list: readonly string[], by: number): readonly string[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

function shuffled(list: readonly string[], random: () => number): readonly string[] {
  const keyed = list.map(url => ({ url, at: random() }))
  return keyed.sort((left, right) => left.at - right.at).map(({ url }) => url)
}

/** Each once: kombu's strategies go round for ever. */
function chosen(strategy: FailoverStrategy, list: readonly string[]): readonly string[] {
  const order = new Set<string>()
  let asked = 0
  for (const url of strategy(list)) {
    order.add(url)
    if (order.size === list.length || ++asked > 100 * list.length) break
  }
  if (order.size > 0) return [...order]
  throw new ImproperlyConfigured('broker_failover_strategy: the function gave no server')
}
