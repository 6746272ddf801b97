import { describe, expect, it } from './jest.js'
import type { TaskState } from '@umbel/protocol'
import { mayReplace } from '../precedence.js'
import { loadOne, metaOf, newId, type Stage, store } from './stage.js'

const STATES: readonly TaskState[] = [
  'STARTED',
  'RETRY',
  'PROGRESS',
  'ABORTED',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'PENDING'
]

/** A final state is never overwritten by one that it outranks. */
export function describePrecedence(stage: Stage): void {
  describe('precedence', () => {
    for (const stored of STATES) {
      const kept = STATES.filter(next => !mayReplace(stored, next))
      it(`keeps ${stored} against ${kept.join(', ') || 'nothing'}`, async () => {
        const backend = await stage.open()
        for (const next of STATES) {
          const taskId = newId()
          await store(backend, metaOf(stored, undefined, { taskId }))
          await store(backend, metaOf(next, undefined, { taskId, parentId: 'new' }))
          const loaded = await loadOne(backend, taskId)
          const replaced = mayReplace(stored, next)
          expect([next, loaded?.status, loaded?.parent_id]).toEqual([
            next,
            replaced ? next : stored,
            replaced ? 'new' : undefined
          ])
        }
      })
    }

    it('[ST-10] keeps the first SUCCESS against every later state, another SUCCESS included', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const meta = metaOf('SUCCESS', 'first')
      await store(backend, meta)
      for (const next of [...STATES, 'RECEIVED', 'REJECTED', 'IGNORED'])
        await store(other, { ...metaOf(next, 'later'), task_id: meta.task_id })
      expect(await loadOne(backend, meta.task_id)).toEqual(meta)
    })

    it('applies to one batch in its order', async () => {
      const backend = await stage.open()
      const taskId = newId()
      const batch = ['STARTED', 'RETRY', 'FAILURE', 'STARTED', 'SUCCESS', 'REVOKED'].map(status =>
        metaOf(status, undefined, { taskId })
      )
      await store(backend, ...batch)
      expect((await loadOne(backend, taskId))?.status).toBe('SUCCESS')
    })

    it('holds when many connections write at once', async () => {
      const backends = await Promise.all([stage.open(), stage.open(), stage.open()])
      const taskIds = Array.from({ length: 20 }, newId)
      const writes = backends.flatMap(backend =>
        (['STARTED', 'SUCCESS', 'REVOKED'] as const).map(status =>
          backend.store(taskIds.map(taskId => metaOf(status, undefined, { taskId })))
        )
      )
      await Promise.all(writes)
      for (const backend of backends)
        expect((await backend.load(taskIds)).map(meta => meta?.status)).toEqual(taskIds.map(() => 'SUCCESS'))
    })
  })
}
