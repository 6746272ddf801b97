import { describe, expect, it } from './jest.js'
import { bodyOf, isJoin, newId, partOf, resultsOf, type Stage, storePart } from './stage.js'

/** When a chord is opened, how large it is, and how it grows. */
export function describeChordSize(stage: Stage): void {
  describe('the size of a chord', () => {
    it('may be one', async () => {
      const backend = await stage.open()
      const groupId = newId()
      await backend.openChord(groupId, 1, bodyOf())
      expect(resultsOf(await storePart(backend, partOf(groupId, null, {})))).toEqual([null])
    })

    it('may be zero: it is complete from the start, and the sweeper finds it', async () => {
      const backend = await stage.open()
      const [groupId, body] = [newId(), bodyOf()]
      await backend.openChord(groupId, 0, body)
      expect(await backend.pendingJoins(0)).toEqual([{ groupId, body, parts: [] }])
    })

    it('may be told after some parts', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const groupId = newId()
      expect(await storePart(backend, partOf(groupId, 1))).toBeUndefined()
      await other.openChord(groupId, 2, bodyOf())
      expect(resultsOf(await storePart(backend, partOf(groupId, 0)))).toEqual([0, 1])
    })

    it('may be told after all parts: the sweeper finds the join, no later part answers it', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const groupId = newId()
      const part = partOf(groupId, 0)
      expect(await storePart(backend, part)).toBeUndefined()
      expect(await backend.pendingJoins(0)).toEqual([])
      await backend.openChord(groupId, 1, bodyOf())
      expect(await storePart(backend, part)).toBeUndefined()
      expect((await other.pendingJoins(0)).map(resultsOf)).toEqual([[0]])
    })

    it('is what was told first: opening again changes nothing', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [groupId, body] = [newId(), bodyOf()]
      await Promise.all([backend.openChord(groupId, 2, body), other.openChord(groupId, 2, body)])
      await storePart(backend, partOf(groupId, 0))
      await other.openChord(groupId, 1, bodyOf())
      const join = await storePart(other, partOf(groupId, 1))
      expect(join?.body).toEqual(body)
      expect(await backend.pendingJoins(0)).toHaveLength(1)
    })

    it('grows while parts are missing', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const groupId = newId()
      await backend.openChord(groupId, 1, bodyOf())
      await other.growChord(groupId, 1)
      await backend.growChord(groupId, 2)
      const outcomes = await backend.storeParts([0, 1, 2, 3].map(index => partOf(groupId, index)))
      expect(outcomes.map(isJoin)).toEqual([false, false, false, true])
    })

    it('may grow before it is told', async () => {
      const backend = await stage.open()
      const groupId = newId()
      await backend.growChord(groupId, 1)
      await backend.openChord(groupId, 1, bodyOf())
      expect(await storePart(backend, partOf(groupId, 0))).toBeUndefined()
      expect(resultsOf(await storePart(backend, partOf(groupId, 1)))).toEqual([0, 1])
    })
  })
}
