import { describe, expect, it } from './jest.js'
import { UmbelError } from '@umbel/runtime'
import { metaOf, newId, partOf, bodyOf, resultsOf, isJoin, type Stage, unstorable } from './stage.js'

/** Order in = order out, and one bad item never fails its neighbours. */
export function describeBatches(stage: Stage): void {
  describe('batches', () => {
    it('takes and answers thousands in order', async () => {
      const backend = await stage.open()
      const batch = Array.from({ length: 3000 }, (_, index) => metaOf('SUCCESS', index))
      expect(await backend.store(batch)).toEqual(batch.map(() => undefined))
      const ids = batch.flatMap(meta => [meta.task_id, newId()])
      const loaded = await backend.load(ids)
      expect(loaded.map(meta => meta?.result)).toEqual(batch.flatMap((_, index) => [index, undefined]))
    })

    it('answers the same id as often as it is asked for', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', 'twice')
      await backend.store([meta])
      const loaded = await backend.load([meta.task_id, newId(), meta.task_id])
      expect(loaded.map(each => each?.result)).toEqual(['twice', undefined, 'twice'])
    })

    it('does nothing for an empty batch', async () => {
      const backend = await stage.open()
      expect(await backend.store([])).toEqual([])
      expect(await backend.load([])).toEqual([])
      expect(await backend.storeParts([])).toEqual([])
      await backend.forget([])
      await backend.confirmJoins([])
    })

    it('stores the neighbours of a value that cannot be stored', async () => {
      const backend = await stage.open()
      const batch = [metaOf('SUCCESS', 1), metaOf('SUCCESS', unstorable()), metaOf('SUCCESS', 3)]
      const outcomes = await backend.store(batch)
      expect(outcomes.map(outcome => outcome instanceof UmbelError)).toEqual([false, true, false])
      const loaded = await backend.load(batch.map(meta => meta.task_id))
      expect(loaded.map(meta => meta?.result)).toEqual([1, undefined, 3])
    })
  })
}

/** The same for parts: needs joins. */
export function describePartBatches(stage: Stage): void {
  it('counts the neighbours of a part that cannot be stored, and not that part', async () => {
    const backend = await stage.open()
    const groupId = newId()
    await backend.openChord(groupId, 3, bodyOf())
    const bad = partOf(groupId, 1, { meta: metaOf('SUCCESS', unstorable()) })
    const outcomes = await backend.storeParts([partOf(groupId, 0), bad, partOf(groupId, 2)])
    expect(outcomes.map(outcome => outcome instanceof UmbelError)).toEqual([false, true, false])
    expect(outcomes.some(isJoin)).toBe(false)
    const [join] = await backend.storeParts([{ ...bad, meta: { ...bad.meta, result: 'mended' } }])
    expect(resultsOf(join as never)).toEqual([0, 'mended', 2])
  })
}
