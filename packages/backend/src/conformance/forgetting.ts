import { describe, expect, it } from './jest.js'
import { groupOf, loadOne, metaOf, newId, type Stage, store } from './stage.js'

/** Results and groups are forgotten on demand. */
export function describeForgetting(stage: Stage): void {
  describe('forget', () => {
    it('drops these results and no others, for every connection', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [gone, kept] = [metaOf('SUCCESS'), metaOf('FAILURE')]
      await store(backend, gone, kept)
      await backend.forget([gone.task_id, newId(), gone.task_id])
      for (const each of [backend, other]) {
        expect(await loadOne(each, gone.task_id)).toBeUndefined()
        expect(await loadOne(each, kept.task_id)).toEqual(kept)
      }
    })

    it('makes room: what was forgotten may be stored again in any state', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS')
      await store(backend, meta)
      await backend.forget([meta.task_id])
      await store(backend, { ...metaOf('STARTED'), task_id: meta.task_id })
      expect((await loadOne(backend, meta.task_id))?.status).toBe('STARTED')
    })
  })

  describe('groups', () => {
    it('are saved, loaded by any connection, replaced and forgotten', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const id = newId()
      expect(await other.loadGroup(id)).toBeUndefined()
      await backend.saveGroup(id, groupOf(id, ['a', 'b']))
      expect(await other.loadGroup(id)).toEqual(groupOf(id, ['a', 'b']))
      await other.saveGroup(id, groupOf(id, ['c']))
      expect(await backend.loadGroup(id)).toEqual(groupOf(id, ['c']))
      await backend.forgetGroup(id)
      await backend.forgetGroup(id)
      expect(await other.loadGroup(id)).toBeUndefined()
    })

    it('keep nested groups and parents', async () => {
      const backend = await stage.open()
      const id = newId()
      const group = [
        [id, [['parent', [['grandparent', null], null]], null]],
        [
          [['task', null], null],
          [['inner', null], [[['deep', null], null]]]
        ]
      ] as const
      await backend.saveGroup(id, group)
      expect(await backend.loadGroup(id)).toEqual(group)
    })

    it('and results of the same id do not meet', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', 'task')
      await store(backend, meta)
      await backend.saveGroup(meta.task_id, groupOf(meta.task_id, []))
      await backend.forgetGroup(meta.task_id)
      expect(await loadOne(backend, meta.task_id)).toEqual(meta)
    })
  })
}
