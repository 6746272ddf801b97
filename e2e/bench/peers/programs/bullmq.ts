// BullMQ at BENCH_CONCURRENCY: what it publishes and drains, or (`latency`) how long a round trip takes.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { perSecond } from './message.js'

interface Job {
  readonly data: { readonly args: readonly [number, number] }
  waitUntilFinished(events: Closable): Promise<number>
}
interface Closable {
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
}
interface Queue extends Closable {
  add(name: string, data: Job['data'], options: object): Promise<Job>
}
interface Worker extends Closable {
  on(event: 'completed', listener: () => void): void
}
interface BullMQ {
  readonly Queue: new (name: string, options: object) => Queue
  readonly Worker: new (name: string, run: (job: Job) => Promise<number>, options: object) => Worker
  readonly QueueEvents: new (name: string, options: object) => Closable
}

/** Calls under way at a time: more make it no faster. */
const LANES = 256
const WARM = 100

const bullmq = createRequire(join(process.env['BENCH_PEERS'] ?? '', 'package.json'))('bullmq') as BullMQ
const { hostname: host, port } = new URL(process.env['BENCH_BROKER_URL'] ?? '')
const connection = { host, port: Number(port) }
const name = process.env['BENCH_QUEUE'] ?? 'bench'
const count = Number(process.env['BENCH_COUNT'] ?? 10_000)
const concurrency = Number(process.env['BENCH_CONCURRENCY'] ?? 100)

const queue = new bullmq.Queue(name, { connection })
await queue.waitUntilReady()
const figures = process.argv[2] === 'latency' ? await latency() : await rates()
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit()

async function rates(): Promise<object> {
  const started = performance.now()
  let sent = 0
  const lane = async (): Promise<void> => {
    for (let number = sent++; number < count; number = sent++)
      await queue.add('add', { args: [number, 1] }, { removeOnComplete: true })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const publish = perSecond(count, started)
  return { publish, drain: await drain() }
}

async function drain(): Promise<number> {
  const worker = startWorker()
  const warm = count / 10
  let done = 0
  let began = 0
  await new Promise<void>(resolve => {
    worker.on('completed', () => {
      if (++done === warm) began = performance.now()
      if (done === count) resolve()
    })
  })
  return perSecond(count - warm, began)
}

async function latency(): Promise<object> {
  const events = new bullmq.QueueEvents(name, { connection })
  await events.waitUntilReady()
  const times: number[] = []
  for (let trip = 0; trip < WARM + count; trip++) {
    const start = performance.now()
    const job = await queue.add('add', { args: [trip, 1] }, {})
    await job.waitUntilFinished(events)
    if (trip >= WARM) times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(count * 0.5)], p99: times[Math.floor(count * 0.99)] }
}

function startWorker(): Worker {
  const run = async ({ data: { args } }: Job): Promise<number> => args[0] + args[1]
  return new bullmq.Worker(name, run, { connection, concurrency, removeOnComplete: { count: 0 } })
}
