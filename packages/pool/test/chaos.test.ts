import { describe, expect, it } from '@jest/globals'
import { createPool } from '@umbel/pool'
import { PoolProbe } from '@umbel/pool/conformance'

const TASKS = [
  'noop',
  'untilAborted',
  'echo',
  'notify',
  'call',
  'rejectUnseen',
  'unclonable',
  'throw',
  'hang',
  'exit',
  'throwLater'
]

describe('a pool of threads in trouble', () => {
  it('reports each of many jobs exactly once, whatever they do and whatever is done to them', async () => {
    const probe = await new PoolProbe(options => createPool({ ...options, kind: 'threads', executors: 2 }), {
      slots: 16
    }).start()
    const { pool } = probe
    const keys: string[] = []
    for (let round = 0; round < 60; round++) {
      await probe.until(() => pool.idle > 0)
      // Rare enough that the pool is not always waiting for a replacement.
      const task = TASKS[round % 20 < TASKS.length ? round % 20 : 0] ?? 'noop'
      const fresh = Array.from({ length: Math.min(3, pool.idle) }, (_, index) => `${round}.${index} ${task}`)
      probe.run(task, fresh, { method: 'echo' })
      keys.push(...fresh)
      if (round % 7 === 0) await pool.resize(8 + (round % 12))
      pool.abort(fresh, 'revoked')
      for (const key of keys.filter(known => known.endsWith('hang'))) pool.end(key, 'time-limit')
    }
    await probe.until(() => probe.reports.size === keys.length)
    await pool.stop()
    expect(probe.wrongly).toEqual([])
    expect([...probe.reports.keys()].toSorted()).toEqual(keys.toSorted())
    expect(pool.info().executors).toEqual([])
  })
})
