import { expect, it } from '@jest/globals'
import { type PoolSetup, withProbe } from './setup.js'

/** What a pool promises of jobs that leave something to run until their outcome is recorded. */
export function describeConcluding(setup: PoolSetup): void {
  it('runs what a job left for later when it is told to, and keeps its slot until then', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('concluding', ['a'])
      expect(await probe.report('a')).toMatchObject({ kind: 'success', concluding: true })
      expect(probe.notes).toEqual([])
      expect([probe.pool.idle, probe.pool.info().running]).toEqual([0, 1])
      probe.pool.conclude(['a'])
      await probe.until(() => probe.concludedKeys.length === 1 && probe.pool.idle === 1)
      expect(probe.notes).toEqual([['concluded', 'a']])
      expect(probe.reports.get('a')).toHaveLength(1)
    }))

  it('concludes once: twice, before the report, or with an unknown key does nothing more', () =>
    withProbe(setup, { slots: 2 }, async probe => {
      probe.run('concluding', ['a'])
      probe.pool.conclude(['a', 'nobody'])
      await probe.report('a')
      probe.pool.conclude(['a'])
      probe.pool.conclude(['a'])
      await probe.until(() => probe.concludedKeys.length > 0)
      probe.run('noop', ['b'])
      await probe.report('b')
      expect(probe.concludedKeys).toEqual(['a'])
      expect(probe.notes).toEqual([['concluded', 'a']])
    }))

  it('is told of what threw as of any other', () =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('concludingBadly', ['a'])
      await probe.report('a')
      probe.pool.conclude(['a'])
      await probe.until(() => probe.concludedKeys.length === 1 && probe.pool.idle === 1)
    }))

  it.each(['end', 'stop'] as const)('%s ends what hangs after its report: concluded, with no second report', how =>
    withProbe(setup, { slots: 1 }, async probe => {
      probe.run('concludingWhenReleased', ['a'])
      await probe.report('a')
      probe.pool.conclude(['a'])
      await probe.begun('a')
      if (how === 'end') probe.pool.end('a', 'time-limit')
      else await probe.pool.stop()
      await probe.until(() => probe.concludedKeys.length === 1)
      if (how === 'end') await probe.until(() => probe.pool.idle === 1)
      expect(probe.reports.get('a')).toHaveLength(1)
    })
  )
}
