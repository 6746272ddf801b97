import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Spawned } from '../../src/spawned.js'
import { measure, type Setup } from '../measure.js'
import { placeOf } from '../places.js'
import { type Figures, runProgram } from '../program.js'
import { celeryRates, type CeleryVariant, celeryTrips, type PeerBroker } from './celery.js'

/** Somebody who takes part, in one way of several; the best of them counts. */
export interface Contestant {
  readonly name: string
  readonly ways: readonly Way[]
}

export interface Way {
  readonly name: string
  run(): Promise<Figures>
}

const OURS = { pool: 'inline', concurrency: 8, ack: 'late' } as const
const CELERY_WAYS: readonly CeleryVariant[] = [
  { pool: 'solo', concurrency: 1 },
  { pool: 'prefork', concurrency: 2 },
  { pool: 'prefork', concurrency: 10 },
  { pool: 'threads', concurrency: 100 },
  { pool: 'threads', concurrency: 500 }
]
const OUR_WAYS = [8, 100, 500]
const BULLMQ_WAYS = [1, 10, 100, 500]

/** Ours, at least once: acknowledged late. */
export function umbelRates(broker: PeerBroker): Contestant {
  const way = (concurrency: number): Way => ({
    name: `-P inline -c ${concurrency}`,
    run: () => ourRates(broker, concurrency)
  })
  return { name: 'umbel', ways: OUR_WAYS.map(way) }
}

async function ourRates(broker: PeerBroker, concurrency: number): Promise<Figures> {
  const setup: Setup = { ...OURS, broker, concurrency, results: false }
  const { publish = Number.NaN, drain = Number.NaN } = await rates(setup)
  const { drain: stored = Number.NaN } = await rates({ ...setup, results: true })
  const { drain: pooled = Number.NaN } = await rates({ ...setup, pool: 'async' })
  return { publish, drain, stored, pooled }
}

export function umbelTrips(broker: PeerBroker): Contestant {
  const setup: Setup = { ...OURS, broker, results: true }
  return { name: 'umbel', ways: [{ name: '-P inline -c 8', run: () => measure('latency', setup, { apart: true }) }] }
}

export function floor(broker: PeerBroker): Contestant {
  const program = broker === 'redis' ? 'floor-redis' : 'floor-amqp'
  return { name: 'floor', ways: [{ name: '', run: () => inFolder(broker, env => node(program, [], env)) }] }
}

export function celery(broker: PeerBroker): Contestant {
  const way = (variant: CeleryVariant): Way => ({
    name: `-P ${variant.pool} -c ${variant.concurrency}`,
    run: () => celeryRates(broker, variant)
  })
  return { name: 'celery', ways: CELERY_WAYS.map(way) }
}

export function celeryRoundTrips(broker: PeerBroker): Contestant {
  return { name: 'celery', ways: [{ name: '-P prefork -c 2', run: () => celeryTrips(broker) }] }
}

export function bullmq(): Contestant {
  const way = (concurrency: number): Way => ({
    name: `c=${concurrency}`,
    run: () =>
      inFolder('redis', env =>
        node('bullmq', ['rates'], { ...env, BENCH_CONCURRENCY: String(concurrency), BENCH_COUNT: '10000' })
      )
  })
  return { name: 'bullmq', ways: BULLMQ_WAYS.map(way) }
}

export function bullmqRoundTrips(): Contestant {
  const run = (): Promise<Figures> =>
    inFolder('redis', async env => {
      const worker = new Spawned('bullmq', [fileOf('bullmq-worker')], { cwd: env['BENCH_FOLDER'] ?? '', env })
      try {
        await worker.prints(/ready\./)
        return await node('bullmq', ['latency'], { ...env, BENCH_COUNT: '1000' })
      } finally {
        await worker.kill()
      }
    })
  return { name: 'bullmq', ways: [{ name: 'c=10', run }] }
}

function rates(setup: Setup): Promise<Figures> {
  return measure('rates', setup, { count: 20_000 })
}

async function inFolder(broker: PeerBroker, work: (env: NodeJS.ProcessEnv) => Promise<Figures>): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'umbel-bench-'))
  try {
    return await work({ ...process.env, ...placeOf(broker, folder), BENCH_FOLDER: folder })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function node(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Figures> {
  return runProgram([process.execPath, fileOf(program), ...args], { env })
}

function fileOf(program: string): string {
  return fileURLToPath(new URL(`./programs/${program}.js`, import.meta.url))
}
