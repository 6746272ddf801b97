// Publishes BENCH_COUNT tasks and drains them with a worker; prints both rates.
import { createDeferred } from '@umbel/runtime'
import { sendMany } from '../send.js'
import { app } from '../tasks.js'
import { benchWorker } from '../worker.js'

const count = Number(process.env['BENCH_COUNT'] ?? 20_000)

await sendMany(2000)
const sending = performance.now()
await sendMany(count)
const publish = rate(count, sending)

const all = createDeferred<void>()
const warm = 2000
let finished = 0
let started = 0
const worker = benchWorker(() => {
  if (++finished === warm) started = performance.now()
  if (finished === warm + count) all.resolve()
})
await worker.start()
await all.promise
const drain = rate(count, started)
await worker.stop()
await app.close()
process.stdout.write(`${JSON.stringify({ publish, drain })}\n`)

function rate(tasks: number, since: number): number {
  return Math.round((tasks / (performance.now() - since)) * 1000)
}
