import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Umbel } from 'umbel'
import { UMBEL } from '../command.js'
import { type Effect, Effects } from '../effects.js'
import { urlOf } from '../grounds.js'
import { Spawned } from '../spawned.js'

export interface SceneOptions {
  /** Python's visibility timeout, seconds. */
  readonly visibility: number
  /** Of our workers, seconds. */
  readonly lease: number
  /** false: the control run. */
  readonly renewal: boolean
}

const TASKS = fileURLToPath(new URL('./tasks.js', import.meta.url))
const PYTHON_FOLDER = fileURLToPath(new URL('../../../python', import.meta.url))

/** Queues in Redis that nobody else looks at, workers of ours on them, and one of Python that finds them empty. */
export class Scene {
  readonly #options: SceneOptions
  readonly #prefix = `stolen-${randomUUID()}-`
  readonly #folder: string
  readonly #effects: Effects
  readonly #client: Umbel
  readonly #spawned: Spawned[] = []

  private constructor(folder: string, options: SceneOptions) {
    this.#folder = folder
    this.#options = options
    this.#effects = new Effects(join(folder, 'effects'))
    const keys = { global_keyprefix: this.#prefix }
    this.#client = new Umbel('stolen client', {
      broker: urlOf('redis'),
      backend: urlOf('redis'),
      brokerTransportOptions: keys,
      resultBackendTransportOptions: keys
    })
  }

  static async create(options: SceneOptions): Promise<Scene> {
    return new Scene(await mkdtemp(join(tmpdir(), 'umbel-stolen-')), options)
  }

  /** Bodies last until this file is there. */
  get gate(): string {
    return join(this.#folder, 'gate')
  }

  async open(): Promise<void> {
    await writeFile(this.gate, '')
  }

  send(task: string, queue: string, options: { readonly countdown?: number; readonly args: readonly unknown[] }) {
    const { countdown, args } = options
    return this.#client.sendTask(`stolen.${task}`, args, { queue, ...(countdown !== undefined && { countdown }) })
  }

  /** One of ours on the queue of its pool's name, ready. */
  async worker(pool: 'async' | 'inline', concurrency = 4): Promise<Spawned> {
    const name = `${pool}@stolen`
    const command = ['-A', TASKS, 'worker', '-P', pool, '-Q', pool, '-c', String(concurrency), '-n', name]
    const worker = this.#spawn(name, process.execPath, [
      UMBEL,
      ...command,
      '-l',
      'info',
      '--lease',
      String(this.#options.lease)
    ])
    await worker.prints(/ ready\./, 30)
    return worker
  }

  /** Python's, ready; answers since when, milliseconds since the epoch. */
  async python(queues: readonly string[]): Promise<number> {
    const command = ['-m', 'celery', '-A', 'stolen', 'worker', '-Q', queues.join(','), '-c', '4', '-l', 'info']
    const python = process.env['UMBEL_TEST_PYTHON'] ?? 'python3'
    const alone = ['--without-gossip', '--without-mingle', '-n', 'python@stolen']
    await this.#spawn('python', python, [...command, ...alone]).prints(/ ready\./, 30)
    return Date.now()
  }

  /** Every start of a task of this key. */
  starts(key: string): readonly Effect[] {
    return this.#effects.of(key, 'start')
  }

  /** The client that sends has no connection any more. */
  async leave(): Promise<void> {
    await this.#client.close()
  }

  /** What its processes printed. */
  output(): string {
    return this.#spawned.map(({ name, output }) => `--- ${name}\n${output}`).join('\n')
  }

  async close(): Promise<void> {
    await this.open()
    await Promise.all(this.#spawned.map(spawned => spawned.end()))
    await this.#client.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #spawn(name: string, program: string, args: readonly string[]): Spawned {
    const { visibility, renewal } = this.#options
    const env = {
      ...process.env,
      CELERY_BROKER_URL: urlOf('redis'),
      CELERY_RESULT_BACKEND: urlOf('redis'),
      E2E_EFFECTS: this.#effects.file,
      STOLEN_PREFIX: this.#prefix,
      STOLEN_VISIBILITY: String(visibility),
      STOLEN_WITHOUT_RENEWAL: renewal ? '0' : '1',
      PYTHONPATH: PYTHON_FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore'
    }
    const spawned = new Spawned(name, args, { cwd: this.#folder, env, program })
    this.#spawned.push(spawned)
    return spawned
  }
}
