// Round trips one after the other, then a chord of 1,000; with BENCH_WORKER=here the worker is in this process.
import { chord } from 'umbel'
import { add, app, sum } from '../tasks.js'
import { benchWorker } from '../worker.js'

const WARM = 100
const TRIPS = 1000
const MEMBERS = 1000

const worker = process.env['BENCH_WORKER'] === 'here' ? await benchWorker().start() : undefined
for (let trip = 0; trip < WARM; trip++) await roundTrip()
const times: number[] = []
for (let trip = 0; trip < TRIPS; trip++) times.push(await roundTrip())
times.sort((a, b) => a - b)

const began = performance.now()
const header = Array.from({ length: MEMBERS }, (_, index) => add.s(index, 1))
const total = await (await chord(header, sum.s()).delay()).get({ timeout: 60 })
const seconds = (performance.now() - began) / 1000
if (total !== (MEMBERS * (MEMBERS + 1)) / 2) throw new Error(`the chord answered ${total}`)
await worker?.stop()
await app.close()
process.stdout.write(`${JSON.stringify({ p50: quantile(0.5), p99: quantile(0.99), chord: seconds })}\n`)

async function roundTrip(): Promise<number> {
  const start = performance.now()
  await (await add.delay(2, 2)).get({ timeout: 10 })
  return performance.now() - start
}

function quantile(share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
}
