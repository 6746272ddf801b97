import { describe, expect, it } from './jest.js'
import { EncodedJson } from '@umbel/protocol'
import { describePartBatches } from './batches.js'
import { describeJoinExpiry } from './expiry.js'
import {
  bodyOf,
  boom,
  eventually,
  isJoin,
  loadOne,
  metaOf,
  newId,
  partOf,
  plain,
  resultsOf,
  type Stage,
  store,
  storePart
} from './stage.js'

/** Parts are stored and counted in one step; the step that completes a join answers it. */
export function describeChords(stage: Stage): void {
  describe('chords', () => {
    it('say so in the capabilities', async () => {
      expect((await stage.open()).capabilities.joins).toBe(true)
    })

    it('answer the join, with its body, to the part that completes it and to no other', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [groupId, body] = [newId(), bodyOf()]
      await backend.openChord(groupId, 3, body)
      expect(await storePart(other, partOf(groupId, 0))).toBeUndefined()
      expect(await storePart(backend, partOf(groupId, 1))).toBeUndefined()
      const join = await storePart(other, partOf(groupId, 2))
      expect(join?.groupId).toBe(groupId)
      expect(join?.body).toEqual(body)
      expect(resultsOf(join)).toEqual([0, 1, 2])
    })

    it('store the result of each part, and tell who watches it', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const groupId = newId()
      const parts = [partOf(groupId, 0), partOf(groupId, 1)]
      const told: string[] = []
      const ids = parts.map(part => part.meta.task_id)
      const watch = await other.watch(ids, batch => void told.push(...batch.map(meta => meta.task_id)))
      await backend.openChord(groupId, 2, bodyOf())
      await backend.storeParts(parts)
      expect(await other.load(ids)).toEqual(parts.map(part => part.meta))
      await eventually(() => expect([...new Set(told)].sort()).toEqual([...ids].sort()))
      await watch.close()
    })

    it('count a part that keeps no result', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const silent = partOf(groupId, 0, { store: false })
      await backend.openChord(groupId, 2, bodyOf())
      await storePart(backend, silent)
      expect(await loadOne(backend, silent.meta.task_id)).toBeUndefined()
      expect(resultsOf(await storePart(backend, partOf(groupId, 1)))).toEqual([0, 1])
    })

    it('take parts that are JSON text already', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const meta = metaOf('SUCCESS', new EncodedJson('[1, {"a": "ä"}]'))
      await backend.openChord(groupId, 1, bodyOf())
      const join = await storePart(backend, partOf(groupId, 0, { meta }))
      expect(resultsOf(join)).toEqual([[1, { a: 'ä' }]])
      expect((await loadOne(backend, meta.task_id))?.result).toEqual([1, { a: 'ä' }])
    })

    it('count a part once, however often it comes and whatever it brings', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const part = partOf(groupId, 0)
      await backend.openChord(groupId, 2, bodyOf())
      for (const result of ['second', 'third']) {
        await storePart(backend, part)
        await storePart(backend, { ...part, index: 7, meta: { ...part.meta, result } })
      }
      expect(resultsOf(await storePart(backend, partOf(groupId, 1)))).toEqual([0, 1])
      expect((await loadOne(backend, part.meta.task_id))?.result).toBe(0)
    })

    it('count a part once within a batch', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const part = partOf(groupId, 0)
      await backend.openChord(groupId, 2, bodyOf())
      expect(await backend.storeParts([part, part, part])).toEqual([undefined, undefined, undefined])
      const outcomes = await backend.storeParts([partOf(groupId, 1), part, partOf(groupId, 9)])
      expect(outcomes.map(isJoin)).toEqual([true, false, false])
    })

    it('replace nothing when a part comes again: what failed stays failed', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const failed = partOf(groupId, 0, { meta: metaOf('FAILURE') })
      await backend.openChord(groupId, 2, bodyOf())
      await storePart(backend, failed)
      await storePart(backend, { ...failed, meta: { ...metaOf('SUCCESS'), task_id: failed.meta.task_id } })
      expect(await loadOne(backend, failed.meta.task_id)).toEqual(failed.meta)
      const join = await storePart(backend, partOf(groupId, 1))
      expect(join?.parts.map(part => part.status)).toEqual(['FAILURE', 'SUCCESS'])
    })

    it('obey precedence: a part does not replace the SUCCESS of its task', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const success = metaOf('SUCCESS', 'kept')
      await store(backend, success)
      await backend.openChord(groupId, 1, bodyOf())
      const late = partOf(groupId, 0, { meta: { ...metaOf('FAILURE'), task_id: success.task_id } })
      expect(isJoin(await storePart(backend, late))).toBe(true)
      expect(await loadOne(backend, success.task_id)).toEqual(success)
    })

    it('include failed and revoked parts', async () => {
      const backend = await stage.open()
      const groupId = newId()
      await backend.openChord(groupId, 3, bodyOf())
      const states = ['FAILURE', 'REVOKED', 'SUCCESS'] as const
      const parts = states.map((state, index) => partOf(groupId, index, { meta: metaOf(state) }))
      const join = (await backend.storeParts(parts)).find(isJoin)
      expect(join?.parts.map(part => part.status)).toEqual(states)
      expect(plain(join?.parts[0]?.result)).toEqual(boom())
    })

    it('order parts by index, those without one last, equals in order of arrival', async () => {
      const backend = await stage.open()
      const groupId = newId()
      const indexes = [null, 10, 2, null, 0, 2, 9]
      await backend.openChord(groupId, indexes.length, bodyOf())
      const parts = indexes.map((index, arrival) => partOf(groupId, index, { meta: metaOf('SUCCESS', arrival) }))
      await backend.storeParts(parts.slice(0, 3))
      const join = (await backend.storeParts(parts.slice(3))).find(isJoin)
      expect(resultsOf(join)).toEqual([4, 2, 5, 6, 1, 0, 3])
    })

    it('tell parts by task, not by index: inner chords repeat indexes', async () => {
      const backend = await stage.open()
      const groupId = newId()
      await backend.openChord(groupId, 3, bodyOf())
      const outcomes = await backend.storeParts([partOf(groupId, 0), partOf(groupId, 0), partOf(groupId, 0)])
      expect(outcomes.map(isJoin)).toEqual([false, false, true])
    })

    it('are joined one by one: parts of many in one batch', async () => {
      const backend = await stage.open()
      const groups = Array.from({ length: 10 }, newId)
      await Promise.all(groups.map((groupId, index) => backend.openChord(groupId, index + 1, bodyOf())))
      const parts = groups.flatMap((groupId, size) => [...Array(size + 1).keys()].map(index => partOf(groupId, index)))
      const outcomes = await backend.storeParts(parts.toReversed())
      expect(new Set(outcomes.filter(isJoin).map(join => join.groupId))).toEqual(new Set(groups))
      outcomes.forEach((outcome, index) => {
        if (isJoin(outcome)) expect(outcome.groupId).toBe(parts.toReversed()[index]?.groupId)
      })
    })

    it('join a thousand parts', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const groupId = newId()
      const parts = Array.from({ length: 1000 }, (_, index) => partOf(groupId, index))
      await backend.openChord(groupId, parts.length, bodyOf())
      const halves = [parts.filter((_, index) => index % 2 === 0), parts.filter((_, index) => index % 2 === 1)] as const
      const outcomes = await Promise.all([backend.storeParts(halves[0]), other.storeParts(halves[1])])
      const joins = outcomes.flat().filter(isJoin)
      expect(joins).toHaveLength(1)
      expect(resultsOf(joins[0])).toEqual(parts.map((_, index) => index))
    })

    describePartBatches(stage)
    describeJoinExpiry(stage)
  })
}
