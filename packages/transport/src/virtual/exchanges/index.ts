import type { ExchangeType } from '../../topology.js'
import { direct } from './direct.js'
import { fanout } from './fanout.js'
import { headers } from './headers.js'
import type { ExchangeRouter } from './router.js'
import { topic } from './topic.js'

/** Every exchange type that the virtual channel knows. */
export const exchangeRouters: Readonly<Record<ExchangeType, ExchangeRouter>> = { direct, topic, fanout, headers }

export type { ExchangeRouter } from './router.js'
