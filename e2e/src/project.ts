import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QueueStat } from '@umbel/transport'
import { UMBEL } from './command.js'
import { Effects } from './effects.js'
import { type BrokerName, connectBackend, connectBroker, type Ground, groundOf, leave } from './grounds.js'
import { type SpawnOptions, Spawned } from './spawned.js'
import { type Tally, tally } from './tally.js'

const CLIENT = fileURLToPath(new URL('./programs/client.js', import.meta.url))
const TASKS = fileURLToPath(new URL('./tasks.js', import.meta.url))

export interface WorkerChoice {
  readonly pool?: 'async' | 'threads' | 'inline'
  readonly concurrency?: number
  /** Seconds. */
  readonly lease?: number
  readonly hostname?: string
  /** The seam at which it kills itself. */
  readonly failpoint?: string
}

/** A folder of its own for one test, with one broker, one effects file and the processes that use them. */
export class Project {
  readonly folder: string
  readonly effects: Effects
  readonly ground: Ground
  readonly #spawned: Spawned[] = []

  private constructor(folder: string, ground: Ground) {
    this.folder = folder
    this.ground = ground
    this.effects = new Effects(join(folder, 'effects'))
  }

  static async create(ground: BrokerName | Ground = 'sqlite'): Promise<Project> {
    const folder = await mkdtemp(join(tmpdir(), 'umbel-e2e-'))
    return new Project(folder, typeof ground === 'string' ? await groundOf(ground, folder) : ground)
  }

  get database(): string {
    return join(this.folder, 'umbel.db')
  }

  /** A worker, ready. */
  async worker(choice: WorkerChoice = {}): Promise<Spawned> {
    const worker = this.startWorker(choice)
    await worker.prints(/ ready\./)
    return worker
  }

  startWorker({ failpoint, ...choice }: WorkerChoice = {}, options: Partial<SpawnOptions> = {}): Spawned {
    const env = { UMBEL_FAILPOINT: failpoint, ...options.env }
    return this.spawn('worker', workerCommand(choice), { ...options, env })
  }

  /** `client.js <command> <args>` */
  client(...args: readonly string[]): Spawned {
    return this.clientWith({}, ...args)
  }

  /** With an environment of its own: a seam at which it kills itself, another folder. */
  clientWith(options: Partial<SpawnOptions>, ...args: readonly string[]): Spawned {
    return this.spawn(`client ${args.join(' ')}`, [CLIENT, ...args], options)
  }

  spawn(name: string, args: readonly string[], { cwd = this.folder, env = {} }: Partial<SpawnOptions> = {}): Spawned {
    const whole = { ...process.env, ...this.ground.env, E2E_EFFECTS: this.effects.file, ...env }
    const spawned = new Spawned(name, args, { cwd, env: whole })
    this.#spawned.push(spawned)
    return spawned
  }

  /** Lets tasks go that `hold` there. */
  async open(gate: string): Promise<void> {
    await writeFile(gate, '')
  }

  /** What the clients said was accepted. */
  accepted(): readonly string[] {
    const text = this.#spawned.map(({ output }) => output).join('')
    return [...text.matchAll(/^accepted (\S+) .*\n/gm)].map(([, key = '']) => key)
  }

  tally(): Tally {
    return tally(this.accepted(), this.effects.read())
  }

  /** The state of the default queue. */
  async queue(): Promise<QueueStat> {
    const connection = await connectBroker(this.ground)
    try {
      const channel = await connection.openChannel()
      const [stat] = await channel.stat([this.ground.queue])
      if (stat === undefined) throw new Error(`the broker said nothing of the queue ${this.ground.queue}`)
      return stat
    } finally {
      await connection.close()
    }
  }

  /** Chords that are complete and whose body is not known to be sent. */
  async pendingJoins(): Promise<number> {
    const backend = await connectBackend(this.ground)
    try {
      return (await backend.pendingJoins(0)).length
    } finally {
      await backend.close()
    }
  }

  /** SUCCESS, or the type of the error, of each accepted task that has an id; undefined: still pending. */
  async results(): Promise<readonly (string | undefined)[]> {
    const text = this.#spawned.map(({ output }) => output).join('')
    const ids = [...text.matchAll(/^accepted \S+ (\S+)\n/gm)].map(([, id = '']) => id)
    const backend = await connectBackend(this.ground)
    try {
      const metas = await backend.load(ids)
      return metas.map(meta => (meta?.status === 'FAILURE' ? typeOf(meta.result) : meta?.status))
    } finally {
      await backend.close()
    }
  }

  /** What its processes printed. */
  output(): string {
    return this.#spawned.map(({ name, pid, output }) => `--- ${name} (${pid})\n${output}`).join('\n')
  }

  /** Ends what it started, and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#spawned.map(spawned => spawned.kill()))
    try {
      await leave(this.ground)
    } finally {
      await rm(this.folder, { recursive: true, force: true })
    }
  }
}

/** Works in a project that is gone afterwards, whatever happens. */
export async function withProject<T>(
  work: (project: Project) => Promise<T>,
  ground: BrokerName | Ground = 'sqlite'
): Promise<T> {
  const project = await Project.create(ground)
  try {
    return await work(project)
  } finally {
    await project.close()
  }
}

function typeOf(error: unknown): string {
  return String((error as { readonly exc_type?: unknown }).exc_type)
}

function workerCommand({ pool, concurrency = 2, lease, hostname }: WorkerChoice): readonly string[] {
  const command = [UMBEL, '-A', TASKS, 'worker', '-l', 'info', '-c', String(concurrency)]
  if (pool !== undefined) command.push('-P', pool)
  if (hostname !== undefined) command.push('-n', hostname)
  return lease === undefined ? command : [...command, '--lease', String(lease)]
}
