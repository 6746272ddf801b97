import { describe, expect, it } from './jest.js'
import {
  bodyOf,
  createFakeClock,
  eventually,
  groupOf,
  loadOne,
  metaOf,
  newId,
  partOf,
  type Stage,
  store,
  storePart
} from './stage.js'

const TEN_YEARS = 10 * 365 * 86_400_000

/**
 * Results are dropped when they expire: by the store, or by `sweep` on the connection's clock. Stores with a clock of
 * their own are waited for.
 */
export function describeExpiry(stage: Stage): void {
  describe('expiry', () => {
    it('[RB-06] drops results and groups after `expires` seconds, itself or by the clean-up', async () => {
      const clock = await createFakeClock()
      const backend = await stage.open({ expires: 1, clock })
      const metas = [metaOf('SUCCESS'), metaOf('FAILURE'), metaOf('STARTED')]
      await store(backend, ...metas)
      await backend.saveGroup('g', groupOf('g', ['a']))
      expect(await backend.sweep()).toBe(0)
      expect(await loadOne(backend, metas[0]?.task_id ?? '')).toBeDefined()
      let swept = 0
      await clock.advance(1500)
      await eventually(async () => {
        if (!backend.capabilities.expires) swept += await backend.sweep()
        expect(await backend.load(metas.map(meta => meta.task_id))).toEqual([undefined, undefined, undefined])
        expect(await backend.loadGroup('g')).toBeUndefined()
      })
      if (!backend.capabilities.expires) expect(swept).toBeGreaterThanOrEqual(metas.length)
      if (!backend.capabilities.expires) expect(await backend.sweep()).toBe(0)
    })

    it('counts from the last write', async () => {
      const clock = await createFakeClock()
      const backend = await stage.open({ expires: 1000, clock })
      const meta = metaOf('STARTED')
      await store(backend, meta)
      await clock.advance(900_000)
      await store(backend, { ...metaOf('SUCCESS'), task_id: meta.task_id })
      await clock.advance(900_000)
      await backend.sweep()
      expect((await loadOne(backend, meta.task_id))?.status).toBe('SUCCESS')
    })

    it('keeps results for ever with 0', async () => {
      const clock = await createFakeClock()
      const backend = await stage.open({ expires: 0, clock })
      const meta = metaOf('SUCCESS')
      await store(backend, meta)
      await clock.advance(TEN_YEARS)
      expect(await backend.sweep()).toBe(0)
      expect(await loadOne(backend, meta.task_id)).toEqual(meta)
    })

    it('keeps them for a day by default', async () => {
      const clock = await createFakeClock()
      const backend = await stage.open({ clock })
      const meta = metaOf('SUCCESS')
      await store(backend, meta)
      await clock.advance(86_000_000)
      await backend.sweep()
      expect(await loadOne(backend, meta.task_id)).toEqual(meta)
    })
  })
}

/** Needs joins. */
export function describeJoinExpiry(stage: Stage): void {
  it('[RB-06] drops joins that never became complete when they expire', async () => {
    const clock = await createFakeClock()
    const backend = await stage.open({ expires: 1, clock })
    const groupId = newId()
    await backend.openChord(groupId, 2, bodyOf())
    await storePart(backend, partOf(groupId, 0))
    const last = metaOf('SUCCESS')
    await store(backend, last)
    await clock.advance(1500)
    await eventually(async () => {
      if (!backend.capabilities.expires) await backend.sweep()
      expect(await loadOne(backend, last.task_id)).toBeUndefined()
    })
    expect(await storePart(backend, partOf(groupId, 1))).toBeUndefined()
  })
}
