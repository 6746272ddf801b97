import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { umbel } from './support/in-process.js'
import type { Process } from './support/process.js'
import { Project } from './support/project.js'

/** The layout of docs/projects.md. */
const LAYOUT = {
  'proj/app.ts': `
import { Umbel } from 'umbel'
export const app = new Umbel('proj')
void app.autodiscoverTasks([import.meta.dirname])
`,
  'proj/tasks.ts': `
import { app } from './app.js'
export const add = app.task(function add(x: number, y: number) { return x + y })
`,
  'proj/billing/tasks.ts': `
import { app } from '../app.js'
import { add } from '../tasks.js'
export const total = app.task('billing.total', async (prices: number[]) => prices.reduce((a, b) => add(a, b), 0))
export const charge = app.task('billing.charge', async (order: string) => (await add.delay(1, 2)).id + ' of ' + order)
`,
  'client.ts': `
import { app } from './proj/app.js'
import { add } from './proj/tasks.js'
import { total } from './proj/billing/tasks.js'
console.log(await add.delay(2, 2).get({ timeout: 10 }), await total.delay([1, 2, 3]).get({ timeout: 10 }))
await app.close()
`
}

describe('a project of the recommended layout', () => {
  let project: Project
  let worker: Process

  beforeAll(async () => {
    project = new Project(LAYOUT)
    worker = project.start(['-A', 'proj', 'worker', '-l', 'info', '-c', '2'])
    await worker.prints(/ ready\./)
  })
  afterAll(() => project.remove())

  it('[A-29] is one package: the application in its module app, its task modules found beside and below', async () => {
    expect(worker.stdout).toMatch(/\.> app: +proj \(proj\/app\.ts:app\)/)
    expect(worker.stdout).toMatch(/\[tasks\]\n +\. billing\.charge\n +\. billing\.total\n +\. proj\.add\n/)
    const client = await project.node(['node_modules/jiti/lib/jiti-cli.mjs', 'client.ts']).end()
    expect(client).toEqual({ code: 0, stdout: '4 6\n', stderr: '' })
    const id = await project.call('billing.charge', ['a1'])
    expect((await project.result(id)).stdout).toMatch(/^[\da-f-]{36} of a1\n$/)
    worker.signal('SIGTERM')
    expect((await worker.end()).code).toBe(0)
  })

  it('[T-06] has one name for a task, however its module is imported: none comes from a path', async () => {
    const spellings = ['proj.tasks', './proj/tasks', './proj/tasks.ts', project.path('proj/tasks.ts')]
    project.write(
      'many.ts',
      `
import { app } from './proj/app.js'
app.conf.update({ include: ${JSON.stringify(spellings)} })
export { app }
`
    )
    const one = project.start(['-A', 'many', 'worker', '-l', 'info', '-I', './proj/tasks', '-c', '1'])
    await one.prints(/ ready\./)
    expect(one.stdout.match(/\. proj\.add/g)).toHaveLength(1)
    const id = await project.call('proj.add', [20, 22])
    expect((await project.result(id)).stdout).toBe('42\n')
    one.signal('SIGTERM')
    await one.end()
  })

  it('[T-06] says so when one module was loaded as two, instead of a task that nobody knows', async () => {
    project.write('copy/tasks.ts', LAYOUT['proj/tasks.ts'].replace('./app.js', '../proj/app.js'))
    project.write(
      'twice.ts',
      "export { app } from './proj/app.js'\nimport './proj/tasks.js'\nimport './copy/tasks.js'\n"
    )
    const { code, stderr } = await umbel(['--workdir', project.folder, '-A', 'twice', 'report'])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /twice\.ts does not load: AlreadyRegistered: task "proj\.add" is already registered \(.*loaded twice/
    )
    expect(stderr).toMatch(/copy\/tasks\.ts/)
  })
})
