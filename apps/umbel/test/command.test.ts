import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { umbel } from './support/in-process.js'
import type { Process } from './support/process.js'
import { Project } from './support/project.js'

describe('umbel, with a worker', () => {
  let project: Project
  let worker: Process

  beforeAll(async () => {
    project = new Project()
    worker = await project.worker('-c', '2')
  })
  afterAll(() => project.remove())

  it('[CLI-27][CLI-28] calls a task by name, prints its id, and prints its result', async () => {
    const called = await project.run(['-A', './tasks.ts', 'call', 'tasks.add', '--args', '[2, 2]'])
    expect(called).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\n$/)
    })
    const printed = await project.run(['-A', './tasks.ts', 'result', called.stdout.trim(), '--task', 'tasks.add'])
    expect(printed).toEqual({ code: 0, stdout: '4\n', stderr: '' })
    expect(worker.stderr).toContain(`Task tasks.add[${called.stdout.trim()}] received`)
  })

  it('sends a task that the application does not have, with a word on what may have been meant', async () => {
    const words = ['-A', './tasks.ts', 'call', 'tasks.ad', '-a', '[2, 2]']
    const hint = "downloader has no task 'tasks.ad'; did you mean 'tasks.add'? It was sent as it is.\n"
    expect(await project.run(words)).toMatchObject({
      code: 0,
      stderr: hint,
      stdout: expect.stringMatching(/^[\da-f-]{36}\n$/)
    })
    expect(await project.run(['-q', ...words])).toMatchObject({ code: 0, stderr: '' })
  })

  it('[CLI-28] prints a text as it is, anything else as JSON', async () => {
    const printed = async (...args: readonly unknown[]) =>
      (await project.result(await project.call('tasks.echo', args))).stdout
    expect(await printed('hello "Zoë"')).toBe('hello "Zoë"\n')
    expect(await printed({ name: 'Zoë', at: [1.5, null] })).toBe('{"name": "Zoë", "at": [1.5, null]}\n')
    expect(await printed()).toBe('null\n')
  })

  it('[CLI-28] prints the error of a task that failed, its --traceback, and says which task is unknown', async () => {
    const id = await project.call('tasks.fail', ['bad luck'])
    const trace = expect.stringMatching(/RangeError: bad luck[^]*tasks\.ts/)
    expect(await project.result(id)).toEqual({ code: 1, stdout: '', stderr: trace })
    expect(await project.result(id, '--traceback')).toEqual({ code: 0, stdout: trace, stderr: '' })
    const good = await project.call('tasks.add', [1, 1])
    expect(await project.result(good, '--traceback')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `task ${good} has no traceback: SUCCESS\n`
    })
    const unknown = await project.result(id, '-t', 'tasks.fail')
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('task "tasks.fail" is not registered')
    })
  })

  it('[CLI-42] prints help when bare; ends with 0, 1, 2 and 73', async () => {
    const bare = await project.run([])
    expect(bare).toMatchObject({ code: 0, stdout: expect.stringMatching(/umbel worker[^]*umbel call/), stderr: '' })
    expect((await project.run(['--bogus'])).code).toBe(2)
    const late = await project.run(['-A', './tasks.ts', 'result', 'no-such-id', '--timeout', '0.1'])
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('no result of task no-such-id after 0.1 s') })

    const holder = await project.worker('-n', 'one', '--pidfile', 'pid', '-P', 'solo')
    const taken = `the PID file pid is taken by process ${holder.pid}`
    const second = await project.run(['-A', './tasks.ts', 'worker', '--pidfile', 'pid'])
    expect(second).toMatchObject({ code: 73, stderr: expect.stringContaining(taken) })
    holder.signal('SIGQUIT')
    expect((await holder.end()).code).toBe(1)
    worker.signal('SIGTERM')
    expect((await worker.end()).code).toBe(0)
  })
})

describe('umbel, in front of its commands', () => {
  let project: Project

  beforeAll(() => {
    const application = (name: string): string =>
      `import { Umbel } from 'umbel'\nexport const app = new Umbel(${name})\n`
    project = new Project({
      'proj/app.ts': application("'of-a-folder'"),
      'proj/tasks.ts': application("'dotted'"),
      'plain.ts': application("'plain'"),
      'checks.ts': application('String(process.env.CELERY_SKIP_CHECKS)'),
      'settings.ts': "export default { taskDefaultQueue: 'configured' }\n",
      'loader.ts':
        "export default (name: string) => ({ default: { taskDefaultQueue: 'loaded', imports: [], broker_url: 'memory://' + name } })\n"
    })
  })
  afterAll(() => project.remove())

  /** Here, or where the application reads variables in a process of its own. */
  const here = (words: readonly string[], env: Record<string, string> = {}) =>
    umbel(['--workdir', project.folder, ...words, 'report'], { env })
  const apart = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    project.run([...words, 'report'], { env })

  it.each([
    [['-A', './tasks.ts'], 'downloader'],
    [['-A', 'tasks'], 'downloader'],
    [['--app=tasks:app'], 'downloader'],
    [['-Aproj'], 'of-a-folder'],
    [['--app', 'proj.tasks'], 'dotted']
  ])('[CLI-01] finds the application that %j names', async (words, name) => {
    const { code, stdout, stderr } = await here(words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`app      -> ${name} (`)
  })

  it('[CLI-01] takes -b, --broker, --result-backend, --config, --loader, --workdir and --skip-checks', async () => {
    const short = await here(['-b', 'memory://one', '--result-backend', 'memory://two', '-A', 'plain'])
    expect(short.stdout).toContain('transport:memory://one results:memory://two')
    expect((await here(['--broker=memory://three'])).stdout).toContain('transport:memory://three results:disabled')
    const config = await apart(['--config', './settings.ts', '--skip-checks', '-A', 'checks'])
    expect(config.stdout).toContain("task_default_queue: 'configured'")
    expect(config.stdout).toContain('app      -> true (checks)')
    const loader = await apart(['--loader', './loader.ts', '--config', 'somewhere'])
    expect(loader.stdout).toContain("task_default_queue: 'loaded'")
    const both = await here(['--loader', './loader.ts', '-A', 'plain'])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('option --loader works without -A only') })
    const elsewhere = await apart(['--workdir', 'proj', '-A', 'app'])
    expect(elsewhere.stdout).toContain('app      -> of-a-folder (app)')
  })

  it('[CLI-01] takes -C, --no-color, -q, --quiet, --version and --help', async () => {
    const words = ['--workdir', project.folder, 'report', '-A', 'proj']
    const painted = '\u001b[33m'
    expect((await umbel(words, { tty: true })).stderr).toContain(painted)
    for (const flag of ['-C', '--no-color']) {
      const { code, stderr } = await umbel([flag, ...words], { tty: true })
      expect({ code, painted: stderr.includes(painted) }).toEqual({ code: 0, painted: false })
      expect(stderr).toContain('in front of the command')
    }
    for (const flag of ['-q', '--quiet']) expect(await umbel([flag, ...words])).toMatchObject({ code: 0, stderr: '' })
    expect((await umbel(['--version'])).stdout).toMatch(/^umbel \d+\.\d+\.\d+\n$/)
    expect((await umbel(['--help'])).stdout).toMatch(/--result-backend/)
  })

  it('understands -A behind the command, and says where it belongs', async () => {
    const { code, stdout, stderr } = await umbel(['report', '-A', project.path('plain.ts')])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `-A/--app stands in front of the command: umbel -A ${project.path('plain.ts')} report\n`
    })
    expect(stdout).toContain('app      -> plain (')
  })

  it('[CLI-02] reads options from the environment, as CELERY_… or UMBEL_…; the command line goes before', async () => {
    expect((await here([], { CELERY_APP: 'proj' })).stdout).toContain('app      -> of-a-folder')
    expect((await here([], { UMBEL_APP: 'plain', CELERY_APP: 'proj' })).stdout).toContain('app      -> plain')
    expect((await here(['-A', 'tasks'], { CELERY_APP: 'proj' })).stdout).toContain('app      -> downloader')
    const checked = await apart(['-A', 'checks'], {
      CELERY_SKIP_CHECKS: 'true',
      CELERY_BROKER_URL: 'memory://from-env'
    })
    expect(checked.stdout).toContain('app      -> true (checks)')
    expect(checked.stdout).toContain('transport:memory://from-env')
    const wrong = await umbel(['worker'], { env: { CELERY_WORKER_CONCURRENCY: 'many' } })
    const complaint = "environment variable CELERY_WORKER_CONCURRENCY: expected a whole number, got 'many'"
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining(complaint) })
    const colorless = await umbel(['nonsense'], { tty: true, env: { NO_COLOR: '1' } })
    expect(colorless.stderr).not.toContain('\u001b[')
  })
})
