import { isDeepStrictEqual } from 'node:util'
import type { ExchangeRouter } from './router.js'

/**
 * By header values named in the binding's arguments; an argument that is undefined or null asks only that the header is
 * there. `x-match`: `all` (default), `any`, and the `-with-x` forms, which also look at headers that start with `x-`.
 */
export const headers = {
  byHeaders: true,
  matches(binding, _routingKey, actual) {
    const { 'x-match': mode = 'all', ...wanted } = binding.arguments ?? {}
    const withX = mode === 'all-with-x' || mode === 'any-with-x'
    const conditions = Object.entries(wanted).filter(([name]) => withX || !name.startsWith('x-'))
    const holds = ([name, value]: [string, unknown]): boolean =>
      Object.hasOwn(actual, name) && (value === undefined || value === null || isDeepStrictEqual(actual[name], value))
    return mode === 'any' || mode === 'any-with-x' ? conditions.some(holds) : conditions.every(holds)
  }
} satisfies ExchangeRouter
