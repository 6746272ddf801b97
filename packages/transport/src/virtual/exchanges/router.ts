import type { Headers } from '@umbel/protocol'
import type { Binding } from '../../topology.js'

/** One exchange type: which bindings a message follows. */
export interface ExchangeRouter {
  /** The headers are looked at: routes of equal routing keys may differ. */
  readonly byHeaders: boolean
  matches(binding: Binding, routingKey: string, headers: Headers): boolean
}
