import { describe, expect, it } from './jest.js'
import {
  bodyOf,
  createFakeClock,
  eventually,
  isJoin,
  newId,
  partOf,
  resultsOf,
  type Stage,
  storePart
} from './stage.js'

/** A join is kept until its body is published, and answered once. */
export function describeChordRecovery(stage: Stage): void {
  describe('a complete join', () => {
    it('that nobody confirmed is found by another connection, whole', async () => {
      const [worker, sweeper] = [await stage.open(), await stage.open()]
      const [groupId, body] = [newId(), bodyOf()]
      await worker.openChord(groupId, 2, body)
      await worker.storeParts([partOf(groupId, 1), partOf(groupId, 0)])
      await worker.close()
      const pending = await sweeper.pendingJoins(0)
      expect(pending.map(join => join.groupId)).toEqual([groupId])
      expect(pending[0]?.body).toEqual(body)
      expect(resultsOf(pending[0])).toEqual([0, 1])
      expect(await sweeper.pendingJoins(0)).toHaveLength(1)
    })

    it('is the sweeper’s only when it is old enough', async () => {
      const clock = await createFakeClock()
      const backend = await stage.open({ clock })
      const groupId = newId()
      await backend.openChord(groupId, 1, bodyOf())
      await storePart(backend, partOf(groupId, 0))
      expect(await backend.pendingJoins(1)).toEqual([])
      await clock.advance(1500)
      await eventually(async () => expect(await backend.pendingJoins(1)).toHaveLength(1))
      expect(await backend.pendingJoins(60)).toEqual([])
    })

    it('is one sweeper’s alone, for as long as it had to wait; then another may have it', async () => {
      const clock = await createFakeClock()
      const sweepers = [await stage.open({ clock }), await stage.open({ clock }), await stage.open({ clock })]
      const [first] = sweepers
      const groupIds = [newId(), newId()]
      for (const groupId of groupIds) {
        await first?.openChord(groupId, 1, bodyOf())
        await first?.storeParts([partOf(groupId, 0)])
      }
      const sweep = async (): Promise<readonly string[]> =>
        (await Promise.all(sweepers.map(sweeper => sweeper.pendingJoins(5)))).flat().map(join => join.groupId)
      await clock.advance(6000)
      expect((await sweep()).toSorted()).toEqual(groupIds.toSorted())
      await clock.advance(4000)
      expect(await sweep()).toEqual([])
      await first?.confirmJoins(groupIds.slice(0, 1))
      await clock.advance(2000)
      expect(await sweep()).toEqual(groupIds.slice(1))
      expect(await first?.pendingJoins(0)).toHaveLength(1)
      expect(await first?.pendingJoins(0)).toHaveLength(1)
    })

    it('is forgotten when it is confirmed, by whichever connection, once or twice', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [confirmed, kept] = [newId(), newId()]
      for (const groupId of [confirmed, kept]) {
        await backend.openChord(groupId, 1, bodyOf())
        await storePart(backend, partOf(groupId, 0))
      }
      await other.confirmJoins([confirmed, newId()])
      await backend.confirmJoins([confirmed])
      expect((await backend.pendingJoins(0)).map(join => join.groupId)).toEqual([kept])
    })

    it('is not a join with parts missing', async () => {
      const backend = await stage.open()
      const groupId = newId()
      await backend.openChord(groupId, 2, bodyOf())
      await storePart(backend, partOf(groupId, 0))
      expect(await backend.pendingJoins(0)).toEqual([])
    })

    it.each(['before', 'after'])(
      'is not answered again by late parts, growing or opening, %s it is confirmed',
      async when => {
        const [backend, other] = [await stage.open(), await stage.open()]
        const [groupId, body] = [newId(), bodyOf()]
        const part = partOf(groupId, 0)
        await backend.openChord(groupId, 1, body)
        expect(isJoin(await storePart(backend, part))).toBe(true)
        if (when === 'after') await backend.confirmJoins([groupId])
        for (const each of [backend, other]) {
          await each.openChord(groupId, 1, body)
          await each.growChord(groupId, 1)
          expect(await each.storeParts([part, partOf(groupId, 1), partOf(groupId, 2)])).toEqual([
            undefined,
            undefined,
            undefined
          ])
        }
        expect((await other.pendingJoins(0)).map(resultsOf)).toEqual(when === 'after' ? [] : [[0]])
      }
    )
  })
}
