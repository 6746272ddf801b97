// Runs BENCH_COUNT tasks and reads RSS after a forced collection, in all threads, every 2,000; prints the slope of the second half.
import { createDeferred } from '@umbel/runtime'
import { sendMany } from '../send.js'
import { app, collect } from '../tasks.js'
import { benchWorker, SLOTS } from '../worker.js'

const EVERY = 2000
const count = Number(process.env['BENCH_COUNT'] ?? 200_000)
if (global.gc === undefined) throw new Error('start me with --expose-gc')

let awaited = 0
let all = createDeferred<void>()
const worker = await benchWorker(() => {
  if (--awaited === 0) all.resolve()
}).start()
const samples: { readonly tasks: number; readonly bytes: number }[] = []
for (let tasks = EVERY; tasks <= count; tasks += EVERY) {
  await run(EVERY, () => sendMany(EVERY))
  await run(SLOTS, () => Promise.all(Array.from({ length: SLOTS }, () => collect.delay())))
  global.gc?.()
  samples.push({ tasks, bytes: process.memoryUsage.rss() })
}
await worker.stop()
await app.close()
const half = samples.slice(samples.length / 2)
process.stdout.write(`${JSON.stringify({ slope: slope(half), rss: (half.at(-1)?.bytes ?? 0) / 2 ** 20 })}\n`)

/** Sends, and waits until so many have run. */
async function run(tasks: number, send: () => Promise<unknown>): Promise<void> {
  awaited = tasks
  all = createDeferred<void>()
  await send()
  await all.promise
}

/** Of the least squares line, bytes a task. */
function slope(points: typeof samples): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const [x, y] = [mean(points.map(({ tasks }) => tasks)), mean(points.map(({ bytes }) => bytes))]
  const covariance = mean(points.map(({ tasks, bytes }) => (tasks - x) * (bytes - y)))
  return covariance / mean(points.map(({ tasks }) => (tasks - x) ** 2))
}
