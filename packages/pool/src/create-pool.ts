import type { Pool, PoolOptions } from './contract.js'
import { InlinePool } from './inline-pool.js'
import { checkOptions } from './settings.js'
import { ThreadPool } from './thread-pool.js'

/** A pool that is not started. @throws PoolOptionsError naming the option, what was expected and what came */
export function createPool(options: PoolOptions): Pool {
  checkOptions(options)
  return options.kind === 'inline' ? new InlinePool(options) : new ThreadPool(options)
}
