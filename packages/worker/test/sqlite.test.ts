import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sqlBackend } from '@umbel/backend-sql'
import { chain, chord } from '@umbel/canvas'
import { createMemory } from '@umbel/memory'
import { createDeferred } from '@umbel/runtime'
import { openDatabase, SqlDatabases } from '@umbel/sql'
import { sql } from '@umbel/transport-sql'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig, type Rig } from './rig.js'
import { Gate, until } from './until.js'

const TIMEOUT = { timeout: 10 }

describe('on SQLite', () => {
  let folder = ''
  let files = 0

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'umbel-worker-'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  function sqliteRig(settings: Parameters<typeof createRig>[0] = {}): Rig {
    const databases = new SqlDatabases()
    const url = `sqlite:///${join(folder, `${++files}.db`)}`
    return createRig(settings, { transport: sql({ databases }), backend: sqlBackend({ databases }), url })
  }

  it('tasks, retries, chains and chords come to their results, and nothing is left in the queue', async () => {
    const rig = sqliteRig({ taskAcksLate: true })
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const sum = rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0))
    const flaky = rig.app.task('flaky', { bind: true }, (self, x: number) =>
      self.request.retries < 2 ? self.retry({ countdown: 0.01 }) : x
    )
    await rig.start()
    expect(await add.delay(2, 2).get(TIMEOUT)).toBe(4)
    expect(await flaky.delay(5).get(TIMEOUT)).toBe(5)
    expect(await (await chain(add.s(1, 1), add.s(1)).delay()).get(TIMEOUT)).toBe(3)
    const header = Array.from({ length: 50 }, (_, n) => add.s(n, 1))
    expect(await (await chord(header, sum.s()).delay()).get(TIMEOUT)).toBe(1275)
    await rig.empty()
  })

  it('a task that expired in the queue is REVOKED with its reason, and ends the chord that waits for it', async () => {
    const rig = sqliteRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const sum = rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0))
    const seconds = await add.applyAsync([1, 1], { expires: -1 })
    const date = await add.applyAsync([1, 1], { expires: new Date(Date.now() - 1000) })
    const joined = await chord([add.s(1, 1), add.s(2, 2).set({ expires: -1 })], sum.s()).delay()
    await rig.start()
    for (const result of [seconds, date]) {
      await expect(result.get(TIMEOUT)).rejects.toThrow('expired')
      expect(await result.state()).toBe('REVOKED')
    }
    await expect(joined.get(TIMEOUT)).rejects.toThrow('expired')
    await rig.empty()
  })

  it('what a worker held whose connection died is started again by another, marked redelivered', async () => {
    const rig = sqliteRig()
    const gate = new Gate()
    const seen: boolean[] = []
    const task = rig.app.task('late', { bind: true, acksLate: true }, async ({ request }) => {
      seen.push(request.deliveryInfo.redelivered)
      await gate.pass()
      return seen.length
    })
    const first = await rig.start({ lease: 1 })
    const result = await task.delay()
    await gate.reached(1)
    await first.terminate()
    await rig.start({ lease: 1 })
    await gate.reached(2)
    gate.open()
    expect(await result.get(TIMEOUT)).toBe(2)
    expect(seen).toEqual([false, true])
    await rig.empty()
  })

  it.each(['inline', 'threads'] as const)(
    'a body that blocks its thread for longer than the lease is not run twice (%s)',
    async pool => {
      const rig = sqliteRig()
      registerTasks(rig.app)
      await rig.start({ pool, concurrency: 1, lease: 0.5 }, { module: location })
      await rig.start({ pool: 'threads', concurrency: 1, lease: 0.5, hostname: 'other' }, { module: location })
      const result = await rig.app.sendTask('fixture.block', [1500])
      expect(await result.get(TIMEOUT)).toBe('done')
      await rig.empty()
      expect(rig.messages.filter(line => /fixture.block\[.*received/.test(line))).toHaveLength(1)
    }
  )

  it.each(['removed', 'replaced'] as const)(
    'results go into the new file when it is %s in mid-run; all that is sent afterwards arrives',
    async fate => {
      const rig = sqliteRig({ taskAcksLate: true })
      const gate = new Gate()
      const add = rig.app.task('add', (x: number, y: number) => x + y)
      const hold = rig.app.task('hold', () => gate.pass())
      const sum = rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0))
      const worker = await rig.start()
      expect(await add.delay(2, 2).get(TIMEOUT)).toBe(4)
      const held = await hold.delay()
      await gate.reached(1)
      const path = fileOf(rig)
      const fresh = fate === 'replaced' ? await freshFile(`${path}.new`) : undefined
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
      if (fresh !== undefined) renameSync(fresh, path)
      await rig.line('Connection to broker lost')
      gate.open()
      expect(await held.get(TIMEOUT)).toBeNull()
      const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => add.delay(n, 1)))
      expect(await Promise.all(sent.map(result => result.get(TIMEOUT)))).toEqual(sent.map((_, n) => n + 1))
      expect(await (await chord([add.s(1, 1), add.s(2, 2)], sum.s()).delay()).get(TIMEOUT)).toBe(6)
      await worker.stop()
      await rig.empty()
    }
  )

  it('the log names the file that cannot be opened, where the URL is sqlite:// alone', async () => {
    const path = join(folder, `${++files}.db`)
    const [begun, gate] = [createDeferred<void>(), createDeferred<void>()]
    const database = await openDatabase(`sqlite://${path}`)
    const holding = database.write(async () => {
      begun.resolve()
      await gate.promise
    })
    await begun.promise
    const before = process.env['UMBEL_DB']
    process.env['UMBEL_DB'] = path
    const drivers = { transport: sql(), backend: createMemory().backend, url: 'sqlite://' }
    const rig = createRig({ backend: 'memory://', brokerConnectionTimeout: 0.1 }, drivers)
    const starting = rig.createWorker().start()
    try {
      const { message } = await rig.line('Cannot connect to')
      expect(message).toContain(`Cannot connect to sqlite://${path}: `)
    } finally {
      gate.resolve()
      await starting
      if (before === undefined) delete process.env['UMBEL_DB']
      else process.env['UMBEL_DB'] = before
      await holding
      await database.close()
    }
  })

  it('a message that no task can be made of is kept in umbel.dead.<queue>', async () => {
    const rig = sqliteRig()
    const good = rig.app.task('good', () => 'good')
    await rig.start()
    await good.delay().get(TIMEOUT)
    const [sent] = rig.sent
    if (sent === undefined) throw new Error('nothing was sent')
    await rig.publish({ ...sent.message, body: new TextEncoder().encode('[[') })
    await until(
      async () => ((await rig.stat('umbel.dead.celery')).ready === 1 ? true : undefined),
      () => 'the dead letter'
    )
    expect(await good.delay().get(TIMEOUT)).toBe('good')
  })
})

function fileOf(rig: Rig): string {
  return rig.drivers.url.replace('sqlite:///', '/').replace('//', '/')
}

/** A sound database of ours without anything in it, its log folded in. */
async function freshFile(path: string): Promise<string> {
  await (await openDatabase(`sqlite://${path}`)).close()
  return path
}

describe('the clean-up task', () => {
  it('[RB-06] drops from the store what has expired, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'umbel-worker-'))
    const databases = new SqlDatabases()
    const drivers = { transport: sql({ databases }), backend: sqlBackend({ databases }) }
    const rig = createRig({ resultExpires: 1 }, { ...drivers, url: `sqlite:///${join(folder, 'umbel.db')}` })
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    await add.delay(1, 1).get({ timeout: 5 })
    await add.delay(2, 2).get({ timeout: 5 })
    expect(rig.app.tasks.names()).toContain('celery.backend_cleanup')
    let dropped = 0
    await until(
      async () => {
        dropped += (await rig.app.sendTask('celery.backend_cleanup').get({ timeout: 5 })) as number
        return dropped >= 2 ? true : undefined
      },
      () => 'two results to be dropped'
    )
    await rig.close()
    rmSync(folder, { recursive: true, force: true })
  })
})
