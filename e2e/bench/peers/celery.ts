import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { Spawned } from '../../src/spawned.js'
import { placeOf, serverUrl } from '../places.js'
import { type Figures, runProgram } from '../program.js'

const FOLDER = fileURLToPath(new URL('../../../bench/peers/python', import.meta.url))

export type PeerBroker = 'redis' | 'rabbitmq'

/** How Python's worker runs tasks. */
export interface CeleryVariant {
  readonly pool: 'solo' | 'prefork' | 'threads'
  readonly concurrency: number
}

/** Tasks that a rate is taken of; it is slow enough. */
const COUNT = 3000

/** What Python publishes, and what one of its workers drains. */
export async function celeryRates(broker: PeerBroker, variant: CeleryVariant): Promise<Figures> {
  return await withPlace(broker, { results: false }, async env => {
    const published = await client(env, 'publish', COUNT)
    const depth = await Depth.of(broker, env['BENCH_QUEUE'] ?? '')
    const worker = startWorker(env, variant)
    try {
      return { ...published, drain: await depth.fallsFrom(COUNT) }
    } finally {
      await worker.kill()
      await depth.close()
    }
  })
}

/** A round trip and a chord of 1,000, with results. */
export async function celeryTrips(broker: PeerBroker): Promise<Figures> {
  return await withPlace(broker, { results: true }, async env => {
    const worker = startWorker(env, { pool: 'prefork', concurrency: 2 })
    try {
      await worker.prints(/ ready\./, 60)
      return { ...(await client(env, 'latency', 500)), ...(await client(env, 'chord', 1000)) }
    } finally {
      await worker.kill()
    }
  })
}

async function withPlace<T>(
  broker: PeerBroker,
  { results }: { readonly results: boolean },
  work: (env: NodeJS.ProcessEnv) => Promise<T>
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'umbel-bench-'))
  const place = placeOf(broker, folder)
  const env = { ...process.env, ...place, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' }
  try {
    return await work({ ...env, BENCH_RESULTS_URL: results ? place['BENCH_BACKEND_URL'] : '' })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function client(env: NodeJS.ProcessEnv, what: string, count: number): Promise<Figures> {
  return runProgram([python(), join(FOLDER, 'bench_client.py'), what, String(count)], { env })
}

function startWorker(env: NodeJS.ProcessEnv, { pool, concurrency }: CeleryVariant): Spawned {
  const options = ['-P', pool, '-c', String(concurrency), '-l', 'warning', '--without-gossip', '--without-mingle']
  const ready = ['-l', 'info']
  const args = ['-m', 'celery', '-A', 'bench_tasks', 'worker', ...options, ...ready]
  return new Spawned('celery', args, { cwd: FOLDER, env, program: python() })
}

function python(): string {
  const program = process.env['UMBEL_TEST_PYTHON']
  if (program === undefined) throw new Error('there is no Python with Celery: start this by npm run bench')
  return program
}

/** How many messages of a queue are not done, asked again and again. */
class Depth {
  readonly #read: () => Promise<number>
  readonly close: () => Promise<unknown>

  private constructor(read: () => Promise<number>, close: () => Promise<unknown>) {
    this.#read = read
    this.close = close
  }

  static async of(broker: PeerBroker, queue: string): Promise<Depth> {
    if (broker === 'redis') {
      const client = new Redis(serverUrl('redis'), { protocol: 2 })
      const read = async (): Promise<number> => (await client.llen(queue)) + (await client.hlen('unacked'))
      return new Depth(read, async () => client.disconnect())
    }
    const connection = await connect(serverUrl('rabbitmq').replace(/\/\/$/, ''))
    const channel = await connection.createChannel()
    const read = async (): Promise<number> => (await channel.checkQueue(queue)).messageCount
    return new Depth(read, () => connection.close())
  }

  /** From its first sight of a shrinking queue, so that a start is not counted. */
  async fallsFrom(count: number): Promise<number> {
    const end = performance.now() + 120_000
    let first: { readonly depth: number; readonly at: number } | undefined
    while (performance.now() < end) {
      const [depth, at] = [await this.#read(), performance.now()]
      if (first === undefined && depth < count) first = { depth, at }
      if (first !== undefined && depth === 0) return Math.round((first.depth / (at - first.at)) * 1000)
      await pause(20)
    }
    throw new Error('Celery did not drain its queue in two minutes')
  }
}
