import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeJson, encodeJson } from '@umbel/protocol'
import { UMBEL } from '../command.js'
import { Spawned } from '../spawned.js'
import type { Outcome, PlannedCase } from './call.js'
import { type Direction, type Language, Place } from './place.js'

/** A line that a body wrote down. */
export interface Note {
  readonly by: Language
  readonly task: string
  readonly id: string
  readonly retries: number
  /** Seconds since the epoch. */
  readonly at: number
  readonly key?: string
  readonly value?: unknown
  readonly soft?: boolean
}

/** A message as kombu gives it to a Python worker. */
export interface Peeked {
  readonly body: readonly [args: unknown, kwargs: unknown, embed: object]
  readonly headers: Readonly<Record<string, unknown>>
  readonly content_type: string
  readonly content_encoding: string
  readonly delivery_tag: string
  readonly exchange: string
  readonly routing_key: string
}

export interface RawCall {
  readonly task: string
  readonly id: string
  readonly args: readonly unknown[]
}

export interface FleetOptions {
  /** @default the same Redis */
  readonly broker?: string
  /** Where results go. @default the database of Redis */
  readonly results?: string
  /** Of Redis: a database of its own is looked for there. */
  readonly redis: string
}

interface Servers {
  readonly broker: string
  readonly backend: string
  readonly results?: string
}

const TASKS = fileURLToPath(new URL('./tasks.js', import.meta.url))
const CLIENT = fileURLToPath(new URL('./programs/client.js', import.meta.url))
const PYTHON_FOLDER = fileURLToPath(new URL('../../../python', import.meta.url))

/** Seconds in which a client has all its answers. */
const LONGEST_RUN = 150
const CONCURRENCY = '4'

/** Workers and clients of both languages on one broker, each a real process. */
export class Fleet {
  readonly folder: string
  readonly prefix: string
  readonly broker: string
  readonly backend: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #spawned: Spawned[] = []
  #plans = 0

  private constructor(folder: string, { broker, backend, results = backend }: Servers) {
    this.folder = folder
    this.broker = broker
    this.backend = backend
    this.prefix = `interop-${Date.now().toString(36)}-${process.pid}`
    this.#environment = {
      INTEROP_BROKER: broker,
      INTEROP_BACKEND: results,
      INTEROP_PREFIX: this.prefix,
      INTEROP_RECORD: join(folder, 'record'),
      PYTHONPATH: PYTHON_FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore'
    }
  }

  static async create({ redis, broker, results }: FleetOptions): Promise<Fleet> {
    const backend = (await space('open', redis)).trim()
    const folder = await mkdtemp(join(tmpdir(), 'umbel-interop-'))
    await writeFile(join(folder, 'record'), '')
    await mkdir(join(folder, 'gates'))
    return new Fleet(folder, { broker: broker ?? backend, backend, ...(results === undefined ? {} : { results }) })
  }

  place(served: Language): Place {
    return new Place(this.prefix, served, this.folder)
  }

  /** A worker that serves its language's queues, and the one that both serve; ready. */
  async worker(language: Language): Promise<Spawned> {
    const place = this.place(language)
    const queues = [place.queue(language), place.topical.queue, place.both].join(',')
    const common = ['-Q', queues, '-c', CONCURRENCY, '-l', 'info', '-n', `${language}@%h`]
    const command =
      language === 'python'
        ? [PYTHON, '-m', 'celery', '-A', 'tasks', 'worker', ...common]
        : [process.execPath, UMBEL, '-A', TASKS, 'worker', ...common]
    const worker = this.#spawn(`${language} worker`, command, { INTEROP_SERVED_BY: language })
    await worker.prints(/ ready\./, 30)
    return worker
  }

  /** Makes all calls of a plan at once, as a client of one language to workers of another, and waits for what comes of them. */
  async call(plan: readonly PlannedCase[], { client, served, protocol = 2 }: Direction): Promise<readonly Outcome[]> {
    const name = join(this.folder, `plan-${this.#plans++}`)
    await writeFile(`${name}.json`, encodeJson(plan))
    const program = client === 'python' ? [PYTHON, join(PYTHON_FOLDER, 'client.py')] : [process.execPath, CLIENT]
    const command = [...program, `${name}.json`, `${name}.out.json`]
    const env = { INTEROP_SERVED_BY: served, INTEROP_PROTOCOL: String(protocol) }
    await this.#spawn(`${client} client`, command, env).finished(LONGEST_RUN)
    return decodeJson(await readFile(`${name}.out.json`, 'utf8')) as readonly Outcome[]
  }

  /** Takes so many messages out of a queue that nobody serves, as kombu sees them. */
  async peek(queue: string, count: number): Promise<readonly Peeked[]> {
    const file = join(this.folder, 'peeked.json')
    const command = [PYTHON, join(PYTHON_FOLDER, 'peek.py'), queue, String(count), file]
    await this.#spawn('peek', command, { INTEROP_SERVED_BY: 'typescript' }).finished(60)
    return decodeJson(await readFile(file, 'utf8')) as readonly Peeked[]
  }

  /** `python <args>` beside the workers, to its end: what it printed. */
  async python(args: readonly string[], served: Language = 'typescript'): Promise<string> {
    return await this.#spawn(`python ${args.join(' ')}`, [PYTHON, ...args], { INTEROP_SERVED_BY: served }).finished(30)
  }

  /** A call by a program that knows the protocol and has neither Celery nor us. */
  async raw(served: Language, { task, id, args }: RawCall): Promise<void> {
    const words = [this.broker, this.place(served).queue(served), task, id, JSON.stringify(args)]
    await this.#spawn('raw', [PYTHON, join(PYTHON_FOLDER, 'raw.py'), ...words], {}).finished(30)
  }

  /** What the bodies wrote down so far. */
  async notes(): Promise<readonly Note[]> {
    const text = await readFile(join(this.folder, 'record'), 'utf8')
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Note)
  }

  /** What its processes printed. */
  output(): string {
    return this.#spawned.map(({ name, pid, output }) => `--- ${name} (${pid})\n${output}`).join('\n')
  }

  /** Ends what it started, and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#spawned.map(spawned => spawned.end()))
    const queues = ['python', 'python.topical', 'typescript', 'typescript.topical', 'both', 'peek']
    const names = queues.map(queue => `${this.prefix}.${queue}`)
    await space('close', this.backend, this.broker, ...names, `umbel.dead.${this.prefix}.typescript`)
    await rm(this.folder, { recursive: true, force: true })
  }

  #spawn(name: string, command: readonly string[], env: Readonly<Record<string, string>>): Spawned {
    const whole = { ...process.env, ...this.#environment, ...env }
    const spawned = new Spawned(name, command.slice(1), { cwd: this.folder, env: whole, program: command[0] })
    this.#spawned.push(spawned)
    return spawned
  }
}

const PYTHON = process.env['UMBEL_TEST_PYTHON'] ?? 'python3'

/** Opens or closes a place of its own on servers that others use too. */
async function space(...words: readonly string[]): Promise<string> {
  const args = [join(PYTHON_FOLDER, 'space.py'), ...words]
  return await new Spawned('space', args, { cwd: PYTHON_FOLDER, env: process.env, program: PYTHON }).finished(30)
}
