import { parseArgs } from 'node:util'
import type { PoolName } from '@umbel/worker'
import { createLogger } from '@umbel/worker'
import { app } from '../tasks.js'

/** A worker in code as the `umbel worker` command would run it. */
const { values } = parseArgs({
  options: {
    pool: { type: 'string', short: 'P', default: 'async' },
    concurrency: { type: 'string', short: 'c', default: '2' },
    lease: { type: 'string' },
    hostname: { type: 'string', short: 'n' },
    loglevel: { type: 'string', short: 'l', default: 'info' }
  }
})
const pool = values.pool as PoolName
const worker = app.worker({
  concurrency: Number(values.concurrency),
  pool,
  ...(values.hostname === undefined ? {} : { hostname: values.hostname }),
  ...(values.lease === undefined ? {} : { lease: Number(values.lease) }),
  ...(pool === 'inline' ? {} : { module: { url: new URL('../tasks.js', import.meta.url).href, attribute: 'app' } }),
  logger: createLogger({
    level: values.loglevel as 'info',
    format: 'text',
    destination: process.stdout,
    now: Date.now,
    processName: 'MainProcess'
  })
})
let signals = 0
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void shutDown())

await worker.start()
process.stdout.write(`${worker.hostname} ready.\n`)

async function shutDown(): Promise<void> {
  if (++signals > 2) return
  process.stdout.write(`worker: ${signals === 1 ? 'Warm' : 'Cold'} shutdown (MainProcess)\n`)
  if (signals === 2) process.exitCode = 1
  await (signals === 1 ? worker.stop() : worker.terminate())
  await app.close()
}
