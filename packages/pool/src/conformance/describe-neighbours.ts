import { expect, it } from '@jest/globals'
import { type PoolSetup, withProbe } from './setup.js'

/** What a pool promises whose jobs share two executors: one job's end is not its neighbours'. */
export function describeNeighbours(setup: PoolSetup): void {
  it('replaces the executor of an ended job at once, while its neighbours finish there', () =>
    withProbe(setup, { slots: 8 }, async probe => {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
      probe.run('untilReleased', keys)
      await Promise.all(keys.map(key => probe.begun(key)))
      const before = probe.pool.info().executors.map(({ id }) => id)
      probe.pool.end('a', 'time-limit')
      await probe.report('a')
      await probe.until(() => probe.pool.idle === 1)
      const during = probe.pool.info().executors.map(({ id }) => id)
      expect(during).toHaveLength(before.length + 1)
      probe.run('noop', ['i'])
      expect(await probe.report('i')).toMatchObject({ kind: 'success' })
      for (const key of keys.slice(1)) probe.release(key)
      for (const key of keys.slice(1)) expect(await probe.report(key)).toMatchObject({ kind: 'success' })
      await probe.until(() => probe.pool.info().executors.length === before.length)
      const gone = before.filter(id => !probe.pool.info().executors.some(executor => executor.id === id))
      expect(gone).toHaveLength(1)
      expect([probe.pool.idle, probe.deaths.length]).toEqual([8, 0])
    }))

  it('terminates an executor whose loop is blocked, and gives the neighbours back as displaced', () =>
    withProbe(setup, { slots: 4 }, async probe => {
      probe.run('untilReleased', ['a', 'b', 'c'])
      await Promise.all(['a', 'b', 'c'].map(key => probe.begun(key)))
      probe.run('block', ['d'], { seconds: 60 })
      probe.pool.end('d', 'time-limit')
      expect(await probe.report('d')).toMatchObject({ kind: 'ended', by: 'time-limit' })
      await probe.until(() => [...probe.reports.values()].flat().some(({ kind }) => kind === 'displaced'))
      for (const key of ['a', 'b', 'c']) probe.release(key)
      const kinds = await Promise.all(['a', 'b', 'c'].map(async key => (await probe.report(key)).kind))
      expect(new Set(kinds)).toEqual(new Set(kinds.includes('success') ? ['displaced', 'success'] : ['displaced']))
      await probe.until(() => probe.pool.idle === 4)
      expect(probe.deaths).toEqual([])
    }))

  it('reports the job that ends its executor as lost, its neighbours as displaced, and others not at all', () =>
    withProbe(setup, { slots: 4 }, async probe => {
      probe.run('untilReleased', ['a', 'b', 'c'])
      probe.run('exitWhenReleased', ['d'])
      await Promise.all(['a', 'b', 'c', 'd'].map(key => probe.begun(key)))
      probe.release('d')
      expect(await probe.report('d')).toMatchObject({ kind: 'lost', exitCode: 5 })
      await probe.until(() => [...probe.reports.values()].flat().some(({ kind }) => kind === 'displaced'))
      const there = ['a', 'b', 'c'].filter(key => !probe.reports.has(key))
      for (const key of there) probe.release(key)
      for (const key of there) expect(await probe.report(key)).toMatchObject({ kind: 'success' })
      expect(there).toHaveLength(2)
      await probe.until(() => probe.pool.idle === 4)
    }))

  it('replaces no executor that was condemned and then ended itself, and does not replace it twice', () =>
    withProbe(setup, { slots: 4 }, async probe => {
      const count = probe.pool.info().executors.length
      probe.run('untilReleased', ['a', 'b'])
      probe.run('exitWhenReleased', ['c'])
      await Promise.all(['a', 'b', 'c'].map(key => probe.begun(key)))
      probe.pool.end('a', 'terminated')
      probe.release('c')
      expect(await probe.report('c')).toMatchObject({ kind: 'lost', exitCode: 5 })
      probe.release('b')
      await probe.until(() => probe.pool.idle === 4 && probe.pool.info().executors.length === count)
      expect(probe.deaths).toEqual([])
    }))
}
