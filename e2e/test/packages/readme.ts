import { beforeAll, describe, expect, it } from '@jest/globals'
import { asCommonJs } from '../../src/packages/common-js.js'
import { Readme } from '../../src/packages/readme.js'
import type { Project, Strangers } from '../../src/packages/stranger.js'

const COMMON_JS = '{ "type": "commonjs" }'
const MODULES = '{ "type": "module" }'

/** The README's first page, pasted into an empty folder. */
export function describeReadme(strangers: () => Strangers, installed: () => string): void {
  describe('the README’s first page', () => {
    let readme: Readme

    beforeAll(async () => {
      readme = await Readme.read()
    })

    const source = (): Record<string, string> => ({
      'tasks.ts': readme.file('tasks.ts'),
      'main.ts': readme.file('main.ts')
    })

    it('promises what its programs print', () => {
      const printed = PRINTED.replace('[ 2, 4 ]', '[2, 4]').split('\n')
      const promised = readme.promises('main.ts')
      expect(promised.filter(value => value !== undefined).length).toBeGreaterThan(3)
      expect(promised.map((value, index) => value ?? printed[index])).toEqual(printed)
    })

    it('runs in TypeScript, with the commands it shows', async () => {
      // `npm init -y` makes such a package.json.
      const project = await strangers().project(installed(), { ...source(), 'package.json': COMMON_JS })
      const [start = '', call = '', result = ''] = readme.shellLines('umbel -A ./tasks.ts')
      const [run = 'npx jiti main.ts'] = readme.shellLines(' main.ts')
      await project.worker(start)
      const id = await project.run(call)
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      expect(await project.run(result.replace('<id>', id))).toBe('4')
      expect(await project.run(run)).toBe(PRINTED)
    })

    it('has a worker that one Ctrl-C ends warmly, though npx forwards the signal that its worker gets too', async () => {
      const files = { 'tasks.ts': HOLD, 'package.json': COMMON_JS }
      const project = await strangers().project(installed(), files)
      const [start = '', call = ''] = readme.shellLines('umbel -A ./tasks.ts')
      const worker = await project.worker(`env npm_config_script_shell=bash ${start}`)
      const id = await project.run(call)
      await worker.prints(/holding/)
      worker.signal('SIGINT')
      await worker.prints(/Warm shutdown/)
      await project.run('touch gate')
      await worker.exit()
      expect(worker.output).toContain(`Task tasks.add[${id}] succeeded`)
      expect(worker.output).not.toContain('Cold shutdown')
    })

    it('runs as ES modules', async () => {
      const project = await strangers().project(installed(), { ...source(), 'package.json': MODULES })
      expect(await project.compile({ skipLibCheck: false })).toBe('')
      await project.run('rm tasks.ts main.ts')
      await checkProject(project, '-A ./tasks.js')
    })

    it('runs as CommonJS', async () => {
      const { 'tasks.ts': tasks = '', 'main.ts': main = '' } = source()
      const files = { 'tasks.ts': tasks, 'main.ts': asCommonJs(main), 'package.json': COMMON_JS }
      const project = await strangers().project(installed(), files)
      expect(await project.compile()).toBe('')
      await project.run('rm tasks.ts main.ts')
      expect(await project.run('cat tasks.js main.js')).toMatch(/require\("umbel"\)[\s\S]*require\("umbel"\)/)
      await checkProject(project, '-A tasks')
    })

    it('has a worker in code that runs, and leaves nothing open', async () => {
      const files = { ...source(), 'worker.ts': readme.blockWith('await worker.stop()'), 'package.json': COMMON_JS }
      const project = await strangers().project(installed(), files)
      expect(await project.run('npx jiti worker.ts')).toBe('4')
    })

    it('has a CommonJS example that a worker runs', async () => {
      const files = { 'tasks.cjs': readme.file('tasks.cjs'), 'send.cjs': SEND, 'package.json': COMMON_JS }
      const project = await strangers().project(installed(), files)
      await project.worker('node_modules/.bin/umbel -A tasks worker -l info -c 1')
      expect(await project.run('node send.cjs')).toBe('4')
    })
  })
}

const PRINTED = ['4', '4', '4', '4', '64', '[ 2, 4 ]', '6'].join('\n')

/** Waits until the file `gate` is there. */
const HOLD = `
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Umbel } from 'umbel'
export const app = new Umbel('holder')
export const add = app.task('tasks.add', { bind: true }, async (task, x: number, y: number) => {
  task.logger.info('holding')
  while (!existsSync('gate')) await pause(20, undefined, { signal: task.signal })
  return x + y
})
`

const SEND = `
const { add, app } = require('./tasks.cjs')
add.delay(2, 2).get({ timeout: 10 }).then(console.log).then(() => app.close())
`

/** A worker in one process, and calls from three others. */
async function checkProject(project: Project, app: string): Promise<void> {
  const worker = await project.worker(`node_modules/.bin/umbel ${app} worker -l info -c 8`)
  expect(await project.run('node main.js')).toBe(PRINTED)
  const id = await project.run(`node_modules/.bin/umbel ${app} call tasks.add --args '[2, 2]'`)
  expect(await project.run(`node_modules/.bin/umbel ${app} result ${id}`)).toBe('4')
  worker.signal('SIGTERM')
  expect(await worker.exit()).toEqual({ code: 0, signal: null })
}
