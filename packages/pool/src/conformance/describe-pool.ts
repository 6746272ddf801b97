import { describe, expect, it } from '@jest/globals'
import { describeService, expectNothingRemains, takeCensus } from '@umbel/runtime/conformance'
import { JobAbortedError, PoolNotRunningError } from '../errors.js'
import { describeConcluding } from './describe-concluding.js'
import { describeIsolation } from './describe-isolation.js'
import { describeNeighbours } from './describe-neighbours.js'
import { createJob, PoolProbe } from './pool-probe.js'
import { type PoolSetup, withProbe } from './setup.js'

/** What every pool promises. */
export function describePool(name: string, setup: PoolSetup): void {
  describe(`${name} as a pool`, () => {
    describeRunning(setup)
    describeSlots(setup)
    describeStopping(setup)
    describeConcluding(setup)
    describeHost(setup)
    describeLifecycle(setup)
    if (setup.sharing !== 'control') describeIsolation(setup)
    if (setup.sharing === 'jobs') describeNeighbours(setup)
  })
  describeService(name, () => ({ service: new PoolProbe(setup.create, { slots: 2 }).pool }))
}

function describeRunning(setup: PoolSetup): void {
  it('accepts and reports each job once', () =>
    withProbe(setup, { slots: 20 }, async probe => {
      const keys = Array.from({ length: 20 }, (_, index) => `job ${index}`)
      probe.run('noop', keys)
      expect(probe.reports.size).toBe(0)
      await probe.until(() => probe.reports.size === 20)
      expect(probe.acceptedKeys.toSorted()).toEqual(keys.toSorted())
      expect(await probe.report('job 7')).toMatchObject({ key: 'job 7', kind: 'success', result: '"done"' })
      expect((await probe.report('job 7')).runtime).toBeGreaterThanOrEqual(0)
    }))

  it('runs as many bodies at a time as there are slots', () =>
    withProbe(setup, { slots: 5 }, async probe => {
      const keys = ['a', 'b', 'c', 'd', 'e']
      probe.run('untilReleased', keys)
      await Promise.all(keys.map(key => probe.begun(key)))
      for (const key of keys) probe.release(key)
      await probe.until(() => probe.reports.size === 5)
    }))

  it('hands bodies over whole, small and large, views of a shared buffer too, and leaves the originals alone', () =>
    withProbe(setup, { slots: 4 }, async probe => {
      const texts = ['', 'small', 'x'.repeat(100_000), 'ü']
      const shared = Buffer.from(`..${texts.join('')}..`)
      const jobs = texts.map((text, index) => {
        const start = Buffer.byteLength(`..${texts.slice(0, index).join('')}`)
        const job = createJob(text.slice(0, 9), { task: 'echo' })
        return { ...job, message: { ...job.message, body: shared.subarray(start, start + Buffer.byteLength(text)) } }
      })
      probe.pool.run(jobs)
      await probe.until(() => probe.reports.size === 4)
      for (const [index, { key, message }] of jobs.entries()) {
        expect(await probe.report(key)).toMatchObject({ result: JSON.stringify(texts[index]) })
        expect(Buffer.from(message.body).toString()).toBe(texts[index])
      }
    }))

  it('brings the message of a retry back whole', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.pool.run([createJob('a', { task: 'retry' }, 'again')])
      const report = await probe.report('a')
      expect(report.kind === 'retry' && new TextDecoder().decode(report.message.body)).toBe('again')
    }))

  it('turns an executor that breaks its promise into a failure of that job', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      probe.run('throw', ['a'])
      probe.run('noop', ['b'])
      expect(await probe.report('a')).toMatchObject({ kind: 'failure', error: { exc_message: ['run may not throw'] } })
      expect(await probe.report('b')).toMatchObject({ kind: 'success' })
    }))
}

function describeSlots(setup: PoolSetup): void {
  it('counts idle slots, never queues, and tells when one became free after none was', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      const { pool } = probe
      expect([pool.slots, pool.idle, probe.idleEvents]).toEqual([2, 2, 0])
      probe.run('untilReleased', ['a', 'b'])
      expect(pool.idle).toBe(0)
      expect(() => probe.run('noop', ['c'])).toThrow(RangeError)
      await Promise.all([probe.begun('a'), probe.begun('b')])
      expect(pool.info()).toMatchObject({ slots: 2, running: 2 })
      probe.release('a')
      await probe.until(() => probe.idleEvents === 1)
      expect(pool.idle).toBe(1)
      probe.release('b')
      await probe.report('b')
      expect([pool.idle, probe.idleEvents]).toEqual([2, 1])
      expect(pool.info().executors.reduce((sum, { finished }) => sum + finished, 0)).toBe(2)
    }))

  it('refuses a key that is in use, and takes it again afterwards', () =>
    withProbe(setup, { slots: 3 }, async probe => {
      probe.run('untilReleased', ['a'])
      expect(() => probe.run('noop', ['a'])).toThrow("the key 'a'")
      expect(() => probe.run('noop', ['b', 'b'])).toThrow("the key 'b'")
      await probe.begun('a')
      probe.release('a')
      await probe.report('a')
      probe.reports.clear()
      probe.run('noop', ['a'])
      await probe.report('a')
    }))

  it('grows and shrinks; what runs is left alone', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      const { pool } = probe
      probe.run('untilReleased', ['a', 'b'])
      await pool.resize(4)
      await probe.until(() => probe.idleEvents === 1)
      expect([pool.slots, pool.idle]).toEqual([4, 2])
      probe.run('untilReleased', ['c', 'd'])
      await pool.resize(1)
      expect([pool.slots, pool.idle]).toEqual([1, 0])
      const keys = ['a', 'b', 'c', 'd']
      await Promise.all(keys.map(key => probe.begun(key)))
      for (const key of keys) probe.release(key)
      await probe.until(() => probe.reports.size === 4 && pool.idle === 1)
      probe.run('noop', ['e'])
      await probe.report('e')
      await expect(pool.resize(0)).rejects.toThrow("'slots': expected a positive integer")
    }))
}

function describeStopping(setup: PoolSetup): void {
  it('aborts a signal with an Error that says why; the job goes on until it settles', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      probe.run('untilAborted', ['a'])
      probe.run('untilReleased', ['b'])
      await probe.begun('b')
      probe.pool.abort(['a', 'b', 'unknown'], 'soft-time-limit')
      expect(await probe.report('a')).toMatchObject({ result: '["JobAbortedError","soft-time-limit"]' })
      expect(probe.reports.has('b')).toBe(false)
      probe.release('b')
      expect(await probe.report('b')).toMatchObject({ kind: 'success' })
      expect(new JobAbortedError('revoked')).toMatchObject({ code: 'JOB_ABORTED', reason: 'revoked' })
    }))

  it('ends one job once, drops what it still brings, and lets its neighbours finish', () =>
    withProbe(setup, { slots: 3 }, async probe => {
      probe.run('untilReleased', ['a', 'b', 'c'])
      await Promise.all(['a', 'b', 'c'].map(key => probe.begun(key)))
      probe.pool.end('a', 'time-limit')
      probe.pool.end('a', 'terminated')
      probe.pool.end('unknown', 'terminated')
      expect(await probe.report('a')).toMatchObject({ kind: 'ended', by: 'time-limit' })
      for (const key of ['a', 'b', 'c']) probe.release(key)
      expect(await probe.report('b')).toMatchObject({ kind: 'success' })
      expect(await probe.report('c')).toMatchObject({ kind: 'success' })
      await probe.until(() => probe.pool.idle === 3)
    }))

  it('ends a job that was handed over just now', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('hang', ['a'])
      probe.pool.end('a', 'terminated')
      expect(await probe.report('a')).toMatchObject({ kind: 'ended', by: 'terminated' })
      await probe.until(() => probe.pool.idle === 1)
      probe.run('noop', ['b'])
      await probe.report('b')
    }))

  it('hears nothing after stop of a body that goes on', async () => {
    const probe = await new PoolProbe(setup.create, { slots: 1 }).start()
    probe.run('talkWhenReleased', ['a'])
    await probe.begun('a')
    probe.pool.end('a', 'terminated')
    await probe.pool.stop()
    probe.release('a')
    await new Promise(resolve => setImmediate(resolve))
    expect(probe.notes).toEqual([])
  })

  it.each(['stop', 'terminate'] as const)('%s reports what still runs as ended by shutdown', async verb => {
    const probe = await new PoolProbe(setup.create, { slots: 2 }).start()
    probe.run('hang', ['a', 'b'])
    await probe.pool[verb]?.()
    expect([...probe.reports.values()].flat()).toMatchObject([
      { kind: 'ended', by: 'shutdown' },
      { kind: 'ended', by: 'shutdown' }
    ])
    expect(probe.pool.idle).toBe(0)
    expect(() => probe.run('noop', ['c'])).toThrow(PoolNotRunningError)
  })
}

function describeHost(setup: PoolSetup): void {
  it('carries calls of a task to the control side and the answer back', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      probe.run('call', ['a'], { method: 'echo', payload: { n: [1, null] } })
      expect(await probe.report('a')).toMatchObject({ result: '{"n":[1,null]}' })
      probe.run('callFailing', ['b'])
      expect(await probe.report('b')).toMatchObject({ result: '["HostCallError","broker is down",true]' })
    }))

  it('carries what a task tells, in order, before the report of that task', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('notify', ['a'])
      await probe.report('a')
      expect(probe.notes).toEqual([1, 2, 3].map(number => ['line', ['a', number]]))
    }))
}

function describeLifecycle(setup: PoolSetup): void {
  it('fails to start with the cause when the entry module does not load', async () => {
    const before = takeCensus()
    const entry = new URL('./no-such-module.js', import.meta.url).href
    const probe = new PoolProbe(setup.create, { slots: 4, entry })
    await expect(probe.start()).rejects.toMatchObject({ code: 'EXECUTOR_START' })
    await expect(probe.start()).rejects.toThrow(/no-such-module/)
    expect(probe.deaths).toEqual([])
    await expectNothingRemains(before)
  })

  it('fails to start when the module is none of an executor', async () => {
    const entry = new URL('./setup.js', import.meta.url).href
    await expect(new PoolProbe(setup.create, { slots: 1, entry }).start()).rejects.toThrow('must export createExecutor')
  })

  it('fails to start with the cause when the executor cannot be made', async () => {
    const probe = new PoolProbe(setup.create, { slots: 4, data: { start: 'throw' } })
    const error: unknown = await probe.start().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'EXECUTOR_START',
      message: expect.stringContaining('no tasks in this app'),
      cause: { name: 'TypeError', cause: { message: 'empty file' } }
    })
    expect(probe.pool.idle).toBe(0)
  })

  it('lets an executor ask the control side while it is made', async () => {
    const probe = await new PoolProbe(setup.create, { slots: 1, data: { start: 'call' } }).start()
    await probe.pool.stop()
  })

  it('closes its executors when it stops', async () => {
    const probe = await new PoolProbe(setup.create, { slots: 1, data: { tellClose: true } }).start()
    await probe.pool.stop()
    expect(probe.notes).toEqual([['closed', null]])
  })

  it('may be started again', async () => {
    const probe = await new PoolProbe(setup.create, { slots: 1 }).start()
    await probe.pool.stop()
    await probe.start()
    probe.run('noop', ['a'])
    await probe.report('a')
    await probe.pool.stop()
  })
}
