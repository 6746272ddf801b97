import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UMBEL } from '../src/command.js'
import { Spawned } from '../src/spawned.js'
import { type BenchBroker, placeOf } from './places.js'
import { type Figures, runProgram } from './program.js'

const TASKS = fileURLToPath(new URL('../../bench/tasks.ts', import.meta.url))

export interface Setup {
  readonly broker: BenchBroker
  /** 'async' is the default pool. */
  readonly pool: 'inline' | 'async'
  readonly concurrency: number
  readonly results: boolean
  readonly ack: 'late' | 'early'
}

/** Runs a program of `programs/` in a process of its own, in a folder of its own; with a worker beside it if asked. */
export async function measure(
  program: string,
  setup: Setup,
  { count, apart = false }: { readonly count?: number; readonly apart?: boolean } = {}
): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'umbel-bench-'))
  const env = { ...environment(setup, folder), ...(count === undefined ? {} : { BENCH_COUNT: String(count) }) }
  const worker = apart ? new Spawned('worker', [fileOf('worker')], { cwd: folder, env }) : undefined
  try {
    await worker?.prints(/ready\./)
    const command = [process.execPath, '--expose-gc', fileOf(program)]
    return await runProgram(command, { env: { ...env, BENCH_WORKER: apart ? 'apart' : 'here' } })
  } finally {
    await worker?.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Seconds from the spawn of `umbel -A tasks.ts worker` until it says that it is ready. */
export async function startUp(setup: Setup): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'umbel-bench-'))
  const began = performance.now()
  const command = [UMBEL, '-A', TASKS, 'worker', '-l', 'info', '-c', String(setup.concurrency), '-P', setup.pool]
  const worker = new Spawned('worker', command, { cwd: folder, env: environment(setup, folder) })
  try {
    await worker.prints(/ ready\./)
    return { ready: (performance.now() - began) / 1000 }
  } finally {
    await worker.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The median of each figure. */
export function median(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {})
  const middle = (name: string): number =>
    rounds.map(round => round[name] ?? Number.NaN).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN
  return Object.fromEntries(names.map(name => [name, middle(name)]))
}

function environment({ broker, pool, concurrency, results, ack }: Setup, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...placeOf(broker, folder),
    BENCH_POOL: pool,
    BENCH_CONCURRENCY: String(concurrency),
    BENCH_RESULTS: results ? '1' : '0',
    BENCH_ACK: ack
  }
}

function fileOf(program: string): string {
  return fileURLToPath(new URL(`./programs/${program}.js`, import.meta.url))
}
