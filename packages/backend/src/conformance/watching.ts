import { afterEach, describe, expect, it } from './jest.js'
import type { ResultMeta } from '@umbel/protocol'
import type { ResultBackend, Watch } from '../contract.js'
import { eventually, expectRefusal, metaOf, newId, type Stage, store } from './stage.js'

/** A watch and what it told. */
interface Watcher {
  readonly watch: Watch
  readonly batches: (readonly ResultMeta[])[]
  told(): Map<string, ResultMeta>
}

/** Each id is told at least once when it is final. */
export function describeWatching(stage: Stage): void {
  describe('watch', () => {
    const watches: Watch[] = []
    afterEach(async () => {
      await Promise.all(watches.splice(0).map(watch => watch.close()))
    })

    it('tells what was final before, and only that', async () => {
      const backend = await stage.open()
      const [done, started] = [metaOf('SUCCESS', 'before'), metaOf('STARTED')]
      await store(backend, done, started)
      const watcher = await watch(backend, [done.task_id, started.task_id, newId()])
      await eventually(() => expect(watcher.told().get(done.task_id)).toEqual(done))
      expect([...watcher.told().keys()]).toEqual([done.task_id])
    })

    it.each(['SUCCESS', 'FAILURE', 'REVOKED'])('tells when another connection stores %s', async status => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const meta = metaOf(status)
      const watcher = await watch(backend, [meta.task_id])
      await store(other, { ...metaOf('STARTED'), task_id: meta.task_id })
      await store(other, meta)
      await eventually(() => expect(watcher.told().get(meta.task_id)).toEqual(meta))
    })

    it('tells what the watching connection stores itself', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', 'own')
      const watcher = await watch(backend, [meta.task_id])
      await store(backend, meta)
      await eventually(() => expect(watcher.told().get(meta.task_id)).toEqual(meta))
    })

    it('never calls with nothing, with states that are not final, or with ids not watched', async () => {
      const backend = await stage.open()
      const ids = Array.from({ length: 20 }, newId)
      const watcher = await watch(backend, ids)
      await store(backend, ...ids.map(taskId => metaOf('RETRY', undefined, { taskId })), metaOf('SUCCESS'))
      await store(backend, ...ids.map(taskId => metaOf('SUCCESS', undefined, { taskId })))
      await eventually(() => expect(watcher.told().size).toBe(ids.length))
      expect(watcher.batches.every(batch => batch.length > 0)).toBe(true)
      expect(watcher.batches.flat().every(meta => meta.status === 'SUCCESS' && ids.includes(meta.task_id))).toBe(true)
    })

    it('tells ids added later, whether they are final already or become so', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [before, after] = [metaOf('SUCCESS', 1), metaOf('SUCCESS', 2)]
      await store(other, before)
      const watcher = await watch(backend, [])
      await watcher.watch.add([before.task_id, after.task_id])
      await store(other, after)
      await eventually(() => expect([...watcher.told().keys()].sort()).toEqual([before.task_id, after.task_id].sort()))
    })

    it('does not tell ids that were removed', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const [removed, kept] = [metaOf('SUCCESS'), metaOf('SUCCESS')]
      const watcher = await watch(backend, [removed.task_id, kept.task_id])
      watcher.watch.remove([removed.task_id, newId()])
      await store(other, removed)
      await store(other, kept)
      await eventually(() => expect(watcher.told().has(kept.task_id)).toBe(true))
      expect(watcher.told().has(removed.task_id)).toBe(false)
    })

    it('is silent once closed, and closing twice is fine', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS')
      const [closed, open] = [await watch(backend, [meta.task_id]), await watch(backend, [meta.task_id])]
      await Promise.all([closed.watch.close(), closed.watch.close()])
      await store(backend, meta)
      await eventually(() => expect(open.told().has(meta.task_id)).toBe(true))
      expect(closed.batches).toEqual([])
      await expectRefusal(closed.watch.add([newId()]))
    })

    it('tells several watchers of the same id', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const meta = metaOf('SUCCESS', 'all')
      const watchers = await Promise.all([backend, backend, other].map(each => watch(each, [meta.task_id])))
      await store(other, meta)
      for (const watcher of watchers)
        await eventually(() => expect(watcher.told().get(meta.task_id)?.result).toBe('all'))
    })

    it('tells thousands of ids, final before and after', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const metas = Array.from({ length: 4000 }, (_, index) => metaOf('SUCCESS', index))
      await store(other, ...metas.slice(0, 2000))
      const watcher = await watch(
        backend,
        metas.map(meta => meta.task_id)
      )
      await store(other, ...metas.slice(2000))
      await eventually(() => expect(watcher.told().size).toBe(metas.length))
      const told = watcher.told()
      expect(metas.map(meta => told.get(meta.task_id)?.result)).toEqual(metas.map((_, index) => index))
    })

    it('misses none that becomes final while the watch begins', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const metas = Array.from({ length: 50 }, (_, index) => metaOf('SUCCESS', index))
      const watchers = await Promise.all(
        metas.map(async meta => {
          const [watcher] = await Promise.all([watch(backend, [meta.task_id]), store(other, meta)])
          return watcher
        })
      )
      await eventually(() => expect(watchers.filter(watcher => watcher.told().size === 0)).toEqual([]))
    })

    async function watch(backend: ResultBackend, ids: readonly string[]): Promise<Watcher> {
      const batches: (readonly ResultMeta[])[] = []
      const watching = await backend.watch(ids, batch => void batches.push(batch))
      watches.push(watching)
      return { watch: watching, batches, told: () => new Map(batches.flat().map(meta => [meta.task_id, meta])) }
    }
  })
}
