// A worker of BullMQ in a process of its own, for round trips.
import { createRequire } from 'node:module'
import { join } from 'node:path'

type Run = (job: { readonly data: { readonly args: readonly [number, number] } }) => Promise<number>
interface BullMQ {
  readonly Worker: new (name: string, run: Run, options: object) => { waitUntilReady(): Promise<unknown> }
}

const { Worker } = createRequire(join(process.env['BENCH_PEERS'] ?? '', 'package.json'))('bullmq') as BullMQ
const { hostname: host, port } = new URL(process.env['BENCH_BROKER_URL'] ?? '')
const options = { connection: { host, port: Number(port) }, concurrency: 10 }
const worker = new Worker(
  process.env['BENCH_QUEUE'] ?? 'bench',
  async ({ data: { args } }) => args[0] + args[1],
  options
)
await worker.waitUntilReady()
process.stdout.write('ready.\n')
