import { Umbel } from '@umbel/app'
import { createMemory } from '@umbel/memory'
import { Worker } from '@umbel/worker'
const N = Number(process.argv[2] ?? 50000), late = process.argv[3] !== 'early', results = process.argv[4] === 'results'
const memory = createMemory()
const app = new Umbel('bench', { broker: 'memory://b', ...(results ? { backend: 'memory://b' } : {}), transports: [memory.transport], backends: [memory.backend] })
let done = 0, finish
const add = app.task('bench.add', { acksLate: late }, (x, y) => { if (++done === N) finish(); return x + y })
for (let round = 0; round < 3; round++) {
  done = 0
  const all = new Promise(r => { finish = r })
  for (let i = 0; i < N; i += 5000) await Promise.all(Array.from({ length: 5000 }, (_, k) => add.delay(i + k, 1)))
  const worker = new Worker(app, { concurrency: 100, pool: 'inline' })
  const t = performance.now()
  await worker.start()
  await all
  const c = app.services
  await worker.stop()
  const s = (performance.now() - t) / 1000
  console.log(`${late ? 'late' : 'early'} ${results ? 'results' : 'no results'}: ${Math.round(N / s)}/s`)
}
await app.close()
