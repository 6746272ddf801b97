import type { ExchangeRouter } from './router.js'

/** To every bound queue. */
export const fanout = { byHeaders: false, matches: () => true } satisfies ExchangeRouter
