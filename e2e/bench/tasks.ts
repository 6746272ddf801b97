import { setTimeout as pause } from 'node:timers/promises'
import { Umbel } from 'umbel'

const { BENCH_BROKER_URL = 'sqlite://', BENCH_BACKEND_URL = 'sqlite://', BENCH_QUEUE = 'celery' } = process.env

/**
 * What the benchmarks run: the smallest task there is. Messages on BENCH_BROKER_URL, results with BENCH_RESULTS=1, late
 * acks unless BENCH_ACK=early.
 */
export const app = new Umbel('bench', {
  broker: BENCH_BROKER_URL,
  backend: process.env['BENCH_RESULTS'] === '1' ? BENCH_BACKEND_URL : 'disabled',
  taskAcksLate: process.env['BENCH_ACK'] !== 'early',
  taskDefaultQueue: BENCH_QUEUE
})

export const add = app.task('bench.add', (x: number, y: number): number => x + y)

export const sum = app.task('bench.sum', (parts: number[]): number => parts.reduce((a, b) => a + b, 0))

/** Collects garbage where bodies run; takes a moment, so that a handful of them reaches every executor. */
export const collect = app.task('bench.collect', async (): Promise<void> => {
  global.gc?.()
  await pause(5)
})
