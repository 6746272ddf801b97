import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CommandError, Umbel } from '../src/index.js'
import { umbel } from './support/in-process.js'
import { Project } from './support/project.js'

const APP = `
import { Umbel } from 'umbel'
export const app = new Umbel('scripted')
export const add = app.task('tasks.add', (x, y) => x + y)
`
/** Runs what its own command line says, and tells the exit code. */
const MANAGE = `
import { app } from './app.mjs'
const options = process.env.IN_THREADS ? { module: { url: new URL('./app.mjs', import.meta.url).href, attribute: 'app' } } : {}
process.exitCode = await app.start(undefined, options)
console.log('start answered', process.exitCode)
`
const WORKER = `
import { app } from './app.mjs'
process.exitCode = await app.workerMain(['worker', '-l', 'info', '-c', '2'])
`

describe('the command line of a script', () => {
  let project: Project

  beforeAll(() => {
    project = new Project({
      'app.mjs': APP,
      'manage.mjs': MANAGE,
      'worker.mjs': WORKER,
      'other.mjs': APP.replace('scripted', 'other')
    })
  })
  afterAll(() => project.remove())

  it('[A-28] runs a worker with workerMain, and any command with start, for the application at hand', async () => {
    const worker = project.node(['worker.mjs'])
    await worker.prints(/ ready\./)
    expect(worker.stdout).toMatch(/\.> app: +scripted\n/)
    expect(worker.stdout).toMatch(/concurrency: 2 \(inline\)/)
    const called = await project.node(['manage.mjs', 'call', 'tasks.add', '-a', '[2, 2]']).end()
    const [id = '', answer] = called.stdout.split('\n')
    expect({ code: called.code, answer }).toEqual({ code: 0, answer: 'start answered 0' })
    const result = await project.node(['manage.mjs', 'result', id]).end()
    expect(result).toEqual({ code: 0, stdout: '4\nstart answered 0\n', stderr: '' })
    worker.signal('SIGTERM')
    expect(await worker.end()).toMatchObject({ code: 0, stdout: expect.stringContaining('Warm shutdown') })
  })

  it('[A-28] answers the exit code; -A goes before the application at hand', async () => {
    const wrong = await project.node(['manage.mjs', 'nonsense']).end()
    expect(wrong).toMatchObject({
      code: 2,
      stdout: 'start answered 2\n',
      stderr: expect.stringContaining("'nonsense'")
    })
    const other = await project.node(['manage.mjs', '-A', './other.mjs', 'report']).end()
    expect(other.stdout).toContain('app      -> other (./other.mjs)')
    const bare = await project.node(['manage.mjs', 'report']).end()
    expect(bare.stdout).toContain('app      -> scripted\n')
  })

  it('[A-28] insists on the command worker in workerMain', async () => {
    const app = new Umbel('here', { broker: 'memory://', backend: 'memory://' })
    await expect(app.workerMain(['-l', 'info'])).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringMatching(/the command worker must be among the arguments, got \["-l","info"\]/)
    })
    await app.close()
  })

  it('runs tasks in threads where it is told the module of the application', async () => {
    const refused = await project.node(['manage.mjs', 'worker', '-P', 'threads']).end()
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("module: { url: import.meta.url, attribute: 'app' }")
    })
    const worker = project.node(['manage.mjs', 'worker', '-l', 'info', '-c', '1'], { env: { IN_THREADS: '1' } })
    await worker.prints(/ ready\./)
    expect(worker.stdout).toMatch(/concurrency: 1 \(async\)/)
    const id = await project.call('tasks.add', [3, 4])
    expect((await project.result(id)).stdout).toBe('7\n')
    worker.signal('SIGTERM')
    expect((await worker.end()).code).toBe(0)
  })

  it('says so when the script itself is what threads load', async () => {
    project.write(
      'whole.mjs',
      `${APP}await app.workerMain(['worker', '-l', 'info'], { module: { url: import.meta.url, attribute: 'app' } })\n`
    )
    const { stderr } = await project.node(['whole.mjs']).end()
    expect(stderr).toMatch(/run on the main thread only: a module that executor threads load must not call them/)
  })
})

describe('an error of a command', () => {
  let project: Project

  beforeAll(() => {
    project = new Project({
      'refusing.ts': "import { CommandError } from 'umbel'\nthrow new CommandError('no licence', { exitCode: 78 })\n",
      'configured.ts': `
import { CommandError, Umbel } from 'umbel'
export const app = new Umbel('configured')
app.onConfigure.connect(() => { throw new CommandError('not on this machine') })
`
    })
  })
  afterAll(() => project.remove())

  it('[ST-15] has an exit code, by which the command ends, and a message without a stack', async () => {
    expect(new CommandError('x')).toMatchObject({ code: 'COMMAND', exitCode: 1, message: 'x' })
    const run = (name: string) => umbel(['--workdir', project.folder, '-A', name, 'report'])
    expect(await run('refusing')).toEqual({ code: 78, stdout: '', stderr: 'Error: no licence\n' })
    expect(await run('configured')).toEqual({ code: 1, stdout: '', stderr: 'Error: not on this machine\n' })
    expect(await run('missing')).toMatchObject({ code: 2 })
  })
})
