import type { AppWorker } from 'umbel'
import { silentLogger } from '@umbel/runtime'
import { app } from './tasks.js'

const MODULE = { url: new URL('./tasks.js', import.meta.url).href, attribute: 'app' }

/** Tasks at a time. */
export const SLOTS = Number(process.env['BENCH_CONCURRENCY'] ?? 8)

/** A worker of this process as BENCH_POOL and BENCH_CONCURRENCY say; `finished` hears of each task that ended. */
export function benchWorker(finished: () => void = () => undefined): AppWorker {
  const pool = process.env['BENCH_POOL'] === 'inline' ? 'inline' : 'async'
  return app.worker({
    pool,
    concurrency: SLOTS,
    ...(pool === 'inline' ? {} : { module: MODULE }),
    logger: {
      ...silentLogger,
      info: message => {
        if (message.includes('] succeeded in ')) finished()
      }
    }
  })
}
