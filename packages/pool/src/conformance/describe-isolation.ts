import { expect, it } from '@jest/globals'
import { expectNothingRemains, takeCensus } from '@umbel/runtime/conformance'
import { PoolProbe } from './pool-probe.js'
import { type PoolSetup, withProbe } from './setup.js'

/** What a pool promises whose executors are apart from the control side. */
export function describeIsolation(setup: PoolSetup): void {
  describeDeaths(setup)
  describeBlocked(setup)
  describeBorder(setup)
  describeStarts(setup)
}

function describeDeaths(setup: PoolSetup): void {
  it('reports the jobs of an executor that exits as lost, with the exit code, and replaces it', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('exit', ['a'], { code: 3 })
      expect(await probe.report('a')).toMatchObject({ kind: 'lost', exitCode: 3 })
      expect(probe.deaths).toMatchObject([{ exitCode: 3, error: undefined }])
      expect(probe.idleEvents).toBe(0)
      await probe.until(() => probe.pool.idle === 1 && probe.idleEvents === 1)
      probe.run('noop', ['b'])
      expect(await probe.report('b')).toMatchObject({ kind: 'success' })
    }))

  it('still reports what had finished before the exit', () =>
    withProbe(setup, { slots: 20 }, async probe => {
      probe.run('noop', ['a', 'b', 'c', 'd'])
      probe.run('exit', ['e'], { code: 0 })
      for (const key of ['a', 'b', 'c', 'd']) await probe.report(key)
      expect(await probe.report('e')).toMatchObject({ kind: 'lost', exitCode: 0 })
    }))

  it('tells as concluded what its executor took with it after the report', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('concludingWithExit', ['a'])
      await probe.report('a')
      probe.pool.conclude(['a'])
      await probe.until(() => probe.concludedKeys.length === 1 && probe.pool.idle === 1)
      expect(probe.reports.get('a')).toHaveLength(1)
    }))

  it('reports the jobs under an uncaught exception as lost, naming it', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('throwLater', ['a'])
      expect(await probe.report('a')).toMatchObject({
        kind: 'lost',
        reason: expect.stringContaining('thrown in a timer')
      })
      expect(probe.deaths).toMatchObject([{ error: { message: 'thrown in a timer' } }])
      await probe.until(() => probe.pool.idle === 1)
    }))

  it('survives an unhandled rejection and tells of it', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('rejectUnseen', ['a'])
      expect(await probe.report('a')).toMatchObject({ kind: 'success' })
      await probe.until(() => probe.notes.length === 1)
      expect(probe.notes).toMatchObject([['unhandled-rejection', { message: 'nobody caught this' }]])
      expect(probe.deaths).toEqual([])
    }))
}

function describeBlocked(setup: PoolSetup): void {
  it('stops and terminates although a body blocks its thread', async () => {
    for (const verb of ['stop', 'terminate'] as const) {
      const before = takeCensus()
      const probe = await new PoolProbe(setup.create, { slots: 1 }).start()
      probe.run('block', ['a'], { seconds: 60 })
      await probe.until(() => probe.acceptedKeys.length === 1)
      await probe.pool[verb]?.()
      expect(await probe.report('a')).toMatchObject({ kind: 'ended', by: 'shutdown' })
      await expectNothingRemains(before)
    }
  })
}

function describeBorder(setup: PoolSetup): void {
  it('turns an outcome that cannot be cloned into a failure of that job alone', () =>
    withProbe(setup, { slots: 6 }, async probe => {
      probe.run('unclonable', ['a', 'b'])
      probe.run('noop', ['c', 'd', 'e', 'f'])
      expect(await probe.report('a')).toMatchObject({ kind: 'failure', error: { exc_type: 'EncodeError' } })
      expect(await probe.report('b')).toMatchObject({ kind: 'failure' })
      for (const key of ['c', 'd', 'e', 'f']) expect(await probe.report(key)).toMatchObject({ kind: 'success' })
    }))

  it('refuses calls, answers and notes that cannot be cloned, each alone', () =>
    withProbe(setup, { slots: 3 }, async probe => {
      probe.run('unclonableCall', ['a'])
      expect(await probe.report('a')).toMatchObject({ result: '"refused"' })
      probe.run('call', ['b'], { method: 'unclonable' })
      expect(await probe.report('b')).toMatchObject({ kind: 'failure', error: { exc_type: 'RuntimeError' } })
      probe.run('unclonableNote', ['c'])
      expect(await probe.report('c')).toMatchObject({ kind: 'success' })
      expect(probe.notes).toMatchObject([['unclonable-note', { method: 'line' }]])
    }))

  it('reports a job that cannot be cloned as failed', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      probe.run('noop', ['a'], { callback: () => undefined })
      probe.run('noop', ['b'])
      expect(await probe.report('a')).toMatchObject({ kind: 'failure', error: { exc_type: 'EncodeError' } })
      expect(await probe.report('b')).toMatchObject({ kind: 'success' })
    }))
}

function describeStarts(setup: PoolSetup): void {
  it.each(['exit', 'hang'] as const)('fails to start when the entry module says %s', async start => {
    const before = takeCensus()
    const probe = new PoolProbe(setup.create, { slots: 2, data: { start } })
    await expect(probe.start()).rejects.toThrow(/could not start: its thread ended with exit code \d+/)
    expect(probe.deaths).toEqual([])
    await expectNothingRemains(before)
  })

  it('fails to start when its data cannot be cloned', async () => {
    const data = { tellClose: (() => true) as unknown as boolean }
    await expect(new PoolProbe(setup.create, { slots: 2, data }).start()).rejects.toMatchObject({
      code: 'EXECUTOR_START'
    })
  })
}
