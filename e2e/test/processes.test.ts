import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { BROKERS } from '../src/grounds.js'
import { type Project, withProject } from '../src/project.js'
import { until } from '../src/until.js'

describe('processes of one project', () => {
  it('[R-02] a third process reads a result by its id alone', async () => {
    await withProject(async project => {
      const [, id = ''] = /^id (\S+)/m.exec(await project.client('add', '2', '2').finished()) ?? []
      await project.worker()
      expect(await project.client('result', id).finished()).toBe('result 4\n')
    })
  })

  it('client and worker in two folders of a project meet in one file', async () => {
    await withProject(async project => {
      const [web, jobs] = [join(project.folder, 'web'), join(project.folder, 'jobs')]
      await Promise.all([mkdir(web), mkdir(jobs), writeFile(join(project.folder, 'package.json'), '{}')])
      const env = { UMBEL_DB: undefined }
      await project.startWorker({}, { cwd: jobs, env }).prints(/ ready\./)
      const sent = await project.clientWith({ cwd: web, env }, 'add', '2', '3').finished()
      const [, id = ''] = /^id (\S+)/m.exec(sent) ?? []
      expect(await project.clientWith({ cwd: web, env }, 'result', id).finished()).toBe('result 5\n')
      expect(existsSync(join(project.folder, '.umbel', 'umbel.db'))).toBe(true)
    })
  })
})

describe.each(BROKERS)('a worker on %s that is told to end', broker => {
  it('[W-28] finishes what runs, starts nothing more and ends with code 0', async () => {
    await withProject(async project => {
      const gate = join(project.folder, 'gate')
      const worker = await project.worker({ concurrency: 2 })
      await holding(project, gate, ['a', 'b'])
      await project.client('send', 'late', 'waits').finished()
      worker.signal('SIGTERM')
      await worker.prints(/Warm shutdown/)
      await project.open(gate)
      expect(await worker.exit()).toEqual({ code: 0, signal: null })
      expect(project.tally()).toEqual({ lost: ['waits'], again: [], doubled: [] })
      await expectQueue(project, 1)
    }, broker)
  })

  it('ends at once at the second signal, with code 1; what ran with late ack runs elsewhere', async () => {
    await withProject(async project => {
      const gate = join(project.folder, 'gate')
      const worker = await project.worker({ concurrency: 2 })
      await holding(project, gate, ['a', 'b'])
      worker.signal('SIGTERM')
      await worker.prints(/Warm shutdown/)
      worker.signal('SIGTERM')
      expect(await worker.exit()).toEqual({ code: 1, signal: null })
      await expectQueue(project, 2)
      await project.open(gate)
      await project.worker({ concurrency: 2 })
      await until(() => (project.tally().lost.length === 0 ? true : undefined), {
        seconds: 10,
        describe: () => project.output()
      })
      expect(project.tally()).toEqual({ lost: [], again: ['a', 'b'], doubled: [] })
    }, broker)
  })
})

describe('a database that is removed under a worker', () => {
  it('what ran stores its result in the new file, what is sent afterwards runs, and SIGTERM ends it with code 0', async () => {
    await withProject(async project => {
      const gate = join(project.folder, 'gate')
      const worker = await project.worker({ concurrency: 2 })
      const [, id = ''] = /^accepted a (\S+)/m.exec(await project.client('hold', 'a', gate).finished()) ?? []
      await until(() => (project.effects.of('a', 'start').length > 0 ? true : undefined), {
        seconds: 10,
        describe: () => `a did not begin:\n${project.output()}`
      })
      await Promise.all(['', '-wal', '-shm'].map(suffix => rm(`${project.database}${suffix}`, { force: true })))
      await worker.prints(/Connection to broker lost.*removed or replaced[^]*Connected to/)
      const [, sent = ''] = /^id (\S+)/m.exec(await project.client('add', '2', '2').finished()) ?? []
      expect(await project.client('result', sent).finished()).toBe('result 4\n')
      worker.signal('SIGTERM')
      await worker.prints(/Warm shutdown/)
      await project.open(gate)
      expect(await worker.exit(10)).toEqual({ code: 0, signal: null })
      expect(await project.client('result', id).finished()).toBe('result 1\n')
    })
  })
})

describe('a database that is none of ours', () => {
  it.each(['worker', 'client'] as const)('corrupt: the %s says so and fails', async who => {
    await withProject(async project => {
      await writeFile(
        project.database,
        'this is no database at all, but a text of more than one hundred bytes '.repeat(9)
      )
      await expectRefusal(project, who)
    })
  })

  it.each(['worker', 'client'] as const)('of another program: the %s says so and fails', async who => {
    await withProject(async project => {
      await project.client('add', '1', '1').finished()
      const bytes = await readFile(project.database)
      bytes.write('else', APPLICATION_ID_OFFSET, 'latin1')
      await writeFile(project.database, bytes)
      await expectRefusal(project, who)
    })
  })
})

/** Of the application's id in the header of an SQLite file. */
const APPLICATION_ID_OFFSET = 68

async function expectRefusal(project: Project, who: 'worker' | 'client'): Promise<void> {
  const before = await readFile(project.database)
  const program = who === 'worker' ? project.startWorker() : project.client('add', '1', '1')
  const { code } = await program.exit(15)
  expect(code).toBeGreaterThan(0)
  expect(program.output).toContain(project.database)
  expect(await readFile(project.database)).toEqual(before)
}

/** Nobody has anything of it, nobody consumes; RabbitMQ and Redis do not tell all of that. */
async function expectQueue(project: Project, ready: number): Promise<void> {
  const { unacked = 0, consumers = 0, ...queue } = await project.queue()
  expect({ ready: queue.ready, unacked, consumers }).toEqual({ ready, unacked: 0, consumers: 0 })
}

/** Tasks that run until the gate opens. */
async function holding(project: Project, gate: string, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map(key => project.client('hold', key, gate).finished()))
  await until(() => (keys.every(key => project.effects.of(key, 'start').length > 0) ? true : undefined), {
    seconds: 10,
    describe: () => `not all of ${keys.join(', ')} began:\n${project.output()}`
  })
}
