import { describe, expect, it } from './jest.js'
import type { ResultBackend, RevocationStore } from '../contract.js'
import { createFakeClock, eventually, expectRefusal, newId, type Stage } from './stage.js'

/** Revoked ids are kept, told, and forgotten in time. */
export function describeRevoking(stage: Stage): void {
  describe('revocations', () => {
    it('are there for every connection, in the order in which they end', async () => {
      const [one, other] = [storeOf(await stage.open()), storeOf(await stage.open())]
      const [a, b, c] = [newId(), newId(), newId()]
      expect(await one.load()).toEqual([])
      await one.add([a, b], 200)
      await other.add([c], 100)
      await other.add([], 100)
      expect(await one.load()).toEqual(await other.load())
      const [first, ...rest] = await one.load()
      expect([first, new Set(rest)]).toEqual([c, new Set([a, b])])
    })

    it('end in time, the later one counts', async () => {
      const clock = await createFakeClock()
      const store = storeOf(await stage.open({ clock }))
      const [short, long, renewed] = [newId(), newId(), newId()]
      await store.add([short, renewed], 10)
      await store.add([long, renewed], 1000)
      await store.add([long], 10)
      await clock.advance(11_000)
      expect(new Set(await store.load())).toEqual(new Set([long, renewed]))
      await clock.advance(1_000_000)
      expect(await store.load()).toEqual([])
    })

    it('are told to who watches, whoever adds them, until it stops', async () => {
      const [one, other] = [storeOf(await stage.open()), storeOf(await stage.open())]
      const told = new Set<string>()
      const watch = await one.watch(ids => {
        expect(ids.length).toBeGreaterThan(0)
        for (const id of ids) told.add(id)
      })
      const [a, b, c, d] = [newId(), newId(), newId(), newId()]
      await other.add([a, b], 100)
      await one.add([c], 100)
      await eventually(() => expect(told).toEqual(new Set([a, b, c])))
      await watch.close()
      await watch.close()
      await other.add([d], 100)
      expect(await one.load()).toContain(d)
      expect(told.has(d)).toBe(false)
    })

    it('may be many, and odd', async () => {
      const store = storeOf(await stage.open())
      const ids = ['ü', "it's", 'a b', '1', ...Array.from({ length: 2000 }, newId)]
      await store.add(ids, 100)
      expect(new Set(await store.load())).toEqual(new Set(ids))
    })

    it('refuse once the store is closed', async () => {
      const backend = await stage.open()
      const store = storeOf(backend)
      await backend.close()
      await expectRefusal(store.add([newId()], 1))
      await expectRefusal(store.load())
      await expectRefusal(store.watch(() => undefined))
    })
  })
}

function storeOf({ revocations }: ResultBackend): RevocationStore {
  if (revocations === undefined) throw new Error('the store keeps no revocations: tell the suite')
  return revocations
}
