import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { umbel } from './support/in-process.js'
import { Project } from './support/project.js'

let project: Project

beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

describe('umbel worker', () => {
  it('[W-01] starts in the foreground and shows what it is, with the tasks at level info', async () => {
    const worker = await project.worker('-c', '2')
    const banner = worker.stdout
    expect(banner).toMatch(new RegExp(`umbel@${hostname()} v\\d+\\.\\d+\\.\\d+`))
    expect(banner).toContain('.> app:         downloader (tasks.ts:app)')
    expect(banner).toContain(`.> transport:   sqlite://${project.database}`)
    expect(banner).toContain(`.> results:     sqlite://${project.database}`)
    expect(banner).toContain('.> concurrency: 2 (async)')
    expect(banner).toContain('.> task events: OFF')
    expect(banner).toContain('Neither broker nor result backend is configured: this SQLite file is both.')
    expect(banner).toMatch(/\[queues\]\n +\.> celery +exchange=celery\(direct\) key=celery\n/)
    expect(banner).toMatch(/\[tasks\]\n( +\. tasks\.\w+\n){6}/)
    expect(banner).not.toContain('celery.map')
    expect(worker.stderr).toMatch(
      new RegExp(
        `^\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3}: INFO/MainProcess\\] umbel@${hostname()} ready\\.$`,
        'm'
      )
    )
    worker.signal('SIGTERM')
    expect(await worker.end()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('worker: Warm shutdown (MainProcess)')
    })
  })

  it('[W-01] shows no task list above level info, and no banner with -q', async () => {
    const quiet = project.start(['-q', '-A', './tasks.ts', 'worker', '-n', 'quiet@%h', '-l', 'info'])
    const terse = project.start(['-A', './tasks.ts', 'worker', '-n', 'terse@%h', '-l', 'WARN'])
    await terse.prints(/\[queues\]\n.*\n/)
    await quiet.prints(/ready\./)
    for (const worker of [quiet, terse]) worker.signal('SIGINT')
    const [first, second] = await Promise.all([quiet.end(), terse.end()])
    expect(first).toMatchObject({ code: 0, stdout: '\nworker: Warm shutdown (MainProcess)\n' })
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).not.toContain('[tasks]')
  })

  it('[CLI-06] takes -n, -l, -c, -P, -Q and -I', async () => {
    project.write('more.ts', "import { app } from './tasks.ts'\napp.task('more.twice', (x: number) => 2 * x)\n")
    const words = ['-n', 'w1@%h', '-lINFO', '-c3', '-P', 'threads', '-Q', 'hipri,lopri', '-I', 'more']
    const worker = project.start(['-A', './tasks.ts', 'worker', ...words])
    await worker.prints(new RegExp(`INFO/MainProcess\\] w1@${hostname()} ready`))
    expect(worker.stdout).toContain('.> concurrency: 3 (threads)')
    expect(worker.stdout).toMatch(/\[queues\]\n +\.> hipri .*\n +\.> lopri .*\n\n/)
    expect(worker.stdout).toContain('  . more.twice')
    const id = await project.call('more.twice', [21], '--queue', 'lopri')
    expect((await project.result(id)).stdout).toBe('42\n')
  })

  it('[CLI-06] takes the same by their long names', async () => {
    project.write('more.ts', "import { app } from './tasks.ts'\napp.task('more.twice', (x: number) => 2 * x)\n")
    const words = [
      '--hostname=w2',
      '--loglevel',
      'debug',
      '--concurrency=1',
      '--pool=solo',
      '--queues',
      'hipri',
      '--include=more'
    ]
    const worker = project.start(['-A', './tasks.ts', 'worker', ...words, '--exclude-queues', 'other'])
    await worker.prints(new RegExp(`w2@${hostname()} ready`))
    expect(worker.stdout).toContain('.> concurrency: 1 (inline)')
    expect(worker.stdout).toMatch(/\[queues\]\n +\.> hipri .*\n\n/)
    expect(worker.stdout).toContain('  . more.twice')
    expect(worker.stdout).toContain('  . celery.map')
  })

  it('[W-10] takes the number of CPUs where the concurrency is 0 or not given', async () => {
    const none = project.start(['-A', './tasks.ts', 'worker', '-P', 'inline'])
    const zero = project.start(['-A', './tasks.ts', 'worker', '-P', 'inline', '-c', '0'])
    const expected = new RegExp(`concurrency: ${availableParallelism()} \\(inline\\)`)
    await Promise.all([none.prints(expected), zero.prints(expected)])
  })

  it('[RB-07][SEC-16] shows in banner and logs the URLs of broker and result backend without their passwords', async () => {
    const urls = ['-b', 'memory://user:topsecret@here/1', '--result-backend', 'memory://user:topsecret@there/2']
    const worker = project.start([...urls, '-A', './tasks.ts', 'worker', '-l', 'debug'])
    await worker.prints(/ready\./)
    worker.signal('SIGTERM')
    const { stdout, stderr } = await worker.end()
    expect(stdout).toContain('.> transport:   memory://user:**@here/1')
    expect(stdout).toContain('.> results:     memory://user:**@there/2')
    expect(stdout + stderr).not.toContain('topsecret')
  })

  it.todo('[SEC-16] Flower shows no secrets either')

  it('[CLI-09] ends tasks at --soft-time-limit and --time-limit', async () => {
    const worker = await project.worker('--soft-time-limit', '0.2', '--time-limit', '0.8', '-c', '2')
    const soft = await project.call('tasks.patient', [60])
    const hard = await project.call('tasks.stubborn', [60])
    const [softly, hardly] = await Promise.all([soft, hard].map(id => project.result(id)))
    expect(softly).toMatchObject({ code: 1, stderr: expect.stringContaining('SoftTimeLimitExceeded') })
    expect(hardly).toMatchObject({ code: 1, stderr: expect.stringContaining('TimeLimitExceeded') })
    await worker.prints(/Soft time limit \(0\.2s\) exceeded for tasks\.patient\[/)
    await worker.prints(/Hard time limit \(0\.8s\) exceeded for tasks\.stubborn\[/)
  })

  it('[W-02] logs what happens to tasks: received, succeeded, failed with its traceback, retried', async () => {
    const worker = await project.worker()
    const add = await project.call('tasks.add', [2, 2])
    await worker.prints(new RegExp(`INFO/MainProcess\\] Task tasks\\.add\\[${add}\\] received\\n`))
    await worker.prints(new RegExp(`INFO/MainProcess\\] Task tasks\\.add\\[${add}\\] succeeded in \\d+\\.\\d+s: 4\\n`))
    const fail = await project.call('tasks.fail', ['bad luck'])
    await worker.prints(
      new RegExp(`ERROR/MainProcess\\] Task tasks\\.fail\\[${fail}\\] raised unexpected: \\w+Error\\('bad luck'\\)\\n`)
    )
    await worker.prints(/RangeError: bad luck\n +at .*tasks\.ts/)
    const again = await project.call('tasks.again')
    await worker.prints(
      new RegExp(`INFO/MainProcess\\] Task tasks\\.again\\[${again}\\] retry: Retry in 0s: .*not yet`)
    )
    await worker.prints(new RegExp(`Task tasks\\.again\\[${again}\\] succeeded in \\d+\\.\\d+s: 'at last'`))
  })

  it('waits for running tasks on a first signal, and no longer on a second', async () => {
    const warm = await project.worker('-n', 'warm', '-c', '1')
    const done = await project.call('tasks.patient', [0.5])
    await warm.prints(/patient began/)
    warm.signal('SIGTERM')
    expect((await warm.end()).code).toBe(0)
    expect((await project.result(done)).stdout).toBe('done\n')

    const cold = await project.worker('-n', 'cold', '-c', '1')
    await project.call('tasks.stubborn', [60])
    await cold.prints(/stubborn began/)
    cold.signal('SIGINT')
    await cold.prints(/worker: Warm shutdown \(MainProcess\)/)
    cold.signal('SIGTERM')
    expect(await cold.end()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('worker: Cold shutdown (MainProcess)')
    })
  })

  it('writes its log to --logfile, as JSON with --log-format json, and keeps --pidfile while it runs', async () => {
    const options = ['-n', 'w3@here', '-f', 'log/%n.log', '--log-format', 'json', '--pidfile', '%n.pid', '-l', 'info']
    const worker = project.start(['-A', './tasks.ts', 'worker', ...options])
    await worker.prints(/\[tasks\]/)
    expect(readFileSync(project.path('w3.pid'), 'utf8')).toBe(`${worker.pid}\n`)
    worker.signal('SIGTERM')
    expect(await worker.end()).toMatchObject({ code: 0, stderr: '' })
    const [line = ''] = readFileSync(project.path('log/w3.log'), 'utf8').split('\n')
    expect(JSON.parse(line)).toMatchObject({ level: 30, process: 'MainProcess', msg: 'w3@here ready.' })
    expect(existsSync(project.path('w3.pid'))).toBe(false)
  })

  it('says why an application does not load', async () => {
    project.write('broken.ts', "throw new Error('no luck')\n")
    project.write('empty.ts', 'export const nothing = 1\n')
    const refused = async (name: string): Promise<string> => {
      const { code, stdout, stderr } = await umbel(['--workdir', project.folder, '-A', name, 'worker'])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      return stderr
    }
    expect(await refused('./nothing.ts')).toMatch("option -A/--app: no module named './nothing.ts'")
    expect(await refused('broken')).toMatch(/broken\.ts does not load: Error: no luck/)
    expect(await refused('empty')).toMatch(/no Umbel application among its exports \(nothing\)/)
    expect(await refused('tasks:ap')).toMatch(/has no export 'ap'; did you mean 'app'\?/)
  })

  it('refuses options that cannot be, before anything is opened', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      const { code, stderr } = await umbel(['--workdir', project.folder, '-A', './tasks.ts', 'worker', ...words])
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused('-P', 'thread')).toMatch("there is no pool 'thread', did you mean 'threads'?")
    expect(await refused('-P', 'prefork')).toMatch("the pool 'prefork' is not built yet")
    expect(await refused('--time-limit', '1', '--soft-time-limit', '2')).toMatch(
      'softTimeLimit must not be greater than timeLimit'
    )
    expect(existsSync(project.database)).toBe(false)
  })

  it('ends with exit code 1 when its broker cannot be had', async () => {
    const broker = `sqlite://${project.path('tasks.ts')}/umbel.db`
    const { code, stderr } = await project.run(['-b', broker, '-A', 'tasks', 'worker'])
    expect(code).toBe(1)
    expect(stderr).toContain('tasks.ts/umbel.db')
  })
})
