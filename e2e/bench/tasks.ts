import { setTimeout as pause } from 'node:timers/promises'
import { Umbel } from 'umbel'

const broker = process.env['BENCH_BROKER'] ?? 'sqlite'

/** What the benchmarks run: the smallest task there is. Messages on BENCH_BROKER, results with BENCH_RESULTS=1, late acks unless BENCH_ACK=early. */
export const app = new Umbel('bench', {
  broker: broker === 'memory' ? 'memory://' : 'sqlite://',
  backend: process.env['BENCH_RESULTS'] === '1' ? (broker === 'memory' ? 'memory://' : 'sqlite://') : 'disabled',
  taskAcksLate: process.env['BENCH_ACK'] !== 'early'
})

export const add = app.task('bench.add', (x: number, y: number): number => x + y)

export const sum = app.task('bench.sum', (parts: number[]): number => parts.reduce((a, b) => a + b, 0))

/** Collects garbage where bodies run; takes a moment, so that a handful of them reaches every executor. */
export const collect = app.task('bench.collect', async (): Promise<void> => {
  global.gc?.()
  await pause(5)
})
