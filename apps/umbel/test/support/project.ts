import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outcome, umbel } from './in-process.js'
import { type Ended, Process } from './process.js'

const BIN = fileURLToPath(new URL('../../../bin/umbel.mjs', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))

const TASKS = `
import { Umbel } from 'umbel'

export const app = new Umbel('downloader')
export const add = app.task('tasks.add', (x: number, y: number): number => x + y)
export const echo = app.task('tasks.echo', (value: unknown = null) => value)
export const fail = app.task('tasks.fail', (why: string): never => {
  throw new RangeError(why)
})
export const again = app.task('tasks.again', { bind: true, maxRetries: 1 }, async task => {
  if (task.request.retries === 0) throw task.retry({ countdown: 0, exc: new Error('not yet') })
  return 'at last'
})
export const patient = app.task('tasks.patient', { bind: true }, async (task, seconds: number) => {
  task.logger.warn('patient began')
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000)
    task.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(task.signal.reason)
    })
  })
  return 'done'
})
export const stubborn = app.task('tasks.stubborn', { bind: true }, async (task, seconds: number) => {
  task.logger.warn('stubborn began')
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  return 'done'
})
`

interface Given {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A folder of a user's own: a task module, an SQLite file, and the umbel command in it. */
export class Project {
  readonly folder: string
  readonly #processes: Process[] = []

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'umbel-cli-')))
    symlinkSync(MODULES, join(this.folder, 'node_modules'))
    this.write('package.json', '{ "type": "module" }')
    this.write('tasks.ts', TASKS)
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  get database(): string {
    return join(this.folder, '.umbel', 'umbel.db')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  /** Starts `umbel <args>`. */
  start(args: readonly string[], given: Given = {}): Process {
    return this.node([BIN, ...args], given)
  }

  /** Starts `node <args>`. */
  node(args: readonly string[], given: Given = {}): Process {
    const env = { UMBEL_DB: undefined, CELERY_APP: undefined, UMBEL_APP: undefined, NO_COLOR: undefined, ...given.env }
    const started = new Process(args, {
      cwd: this.folder,
      env,
      ...(given.input === undefined ? {} : { input: given.input })
    })
    this.#processes.push(started)
    return started
  }

  /** Runs `umbel <args>` to its end. */
  run(args: readonly string[], given: Given = {}): Promise<Ended> {
    return this.start(args, given).end()
  }

  /** Sends a task without knowing its module; answers its id. */
  async call(name: string, args: readonly unknown[] = [], ...more: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await umbel([...this.#urls, 'call', name, '-a', JSON.stringify(args), ...more])
    if (code !== 0) throw new Error(`umbel call ${name} ended with ${code}: ${stderr}`)
    return stdout.trimEnd()
  }

  /** Waits for a result and prints it. */
  async result(id: string, ...more: readonly string[]): Promise<Outcome> {
    return await umbel([...this.#urls, 'result', id, ...more])
  }

  /** A worker of ./tasks.ts at level info, ready. */
  async worker(...args: readonly string[]): Promise<Process> {
    const worker = this.start(['-A', './tasks.ts', 'worker', '-l', 'info', ...args])
    await worker.prints(/ ready\./)
    return worker
  }

  get #urls(): readonly string[] {
    return ['-b', `sqlite://${this.database}`, '--result-backend', `sqlite://${this.database}`]
  }

  /** Ends what it started and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all(this.#processes.map(started => started.kill()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
