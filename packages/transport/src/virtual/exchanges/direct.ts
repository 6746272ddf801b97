import type { ExchangeRouter } from './router.js'

/** To the queues bound with exactly this routing key. */
export const direct = {
  byHeaders: false,
  matches: (binding, routingKey) => (binding.routingKey ?? '') === routingKey
} satisfies ExchangeRouter
