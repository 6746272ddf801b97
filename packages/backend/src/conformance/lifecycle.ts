import { describe, expect, it } from './jest.js'
import { UmbelError } from '@umbel/runtime'
import { bodyOf, eventually, expectRefusal, groupOf, metaOf, newId, partOf, type Stage } from './stage.js'

/** A connection ends when it is closed, and says so. */
export function describeLifecycle(stage: Stage, shared: boolean): void {
  const itShared = shared ? it : it.skip
  describe('close', () => {
    it('may be called twice, and at the same time', async () => {
      const backend = await stage.open()
      await Promise.all([backend.close(), backend.close()])
      await backend.close()
    })

    it('refuses every verb afterwards', async () => {
      const backend = await stage.open()
      await backend.close()
      await expectRefusal(backend.store([metaOf('SUCCESS')]))
      await expectRefusal(backend.load([newId()]))
      await expectRefusal(backend.watch([newId()], () => undefined))
      await expectRefusal(backend.forget([newId()]))
      await expectRefusal(backend.saveGroup('g', groupOf('g', [])))
      await expectRefusal(backend.loadGroup('g'))
      await expectRefusal(backend.forgetGroup('g'))
      await expectRefusal(backend.sweep())
    })

    it('resolves `closed`, without a reason, for this connection alone', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      let others = 0
      void other.closed.then(() => others++)
      await backend.close()
      expect(await backend.closed).toBeUndefined()
      expect(others).toBe(0)
    })

    itShared('ends the watches: nothing is told afterwards', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      let calls = 0
      const meta = metaOf('SUCCESS')
      await backend.watch([meta.task_id], () => void calls++)
      await backend.close()
      await other.store([meta])
      expect((await other.load([meta.task_id]))[0]?.status).toBe('SUCCESS')
      expect(calls).toBe(0)
    })

    itShared('leaves the other connections and what was stored alone', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const meta = metaOf('SUCCESS')
      await backend.store([meta])
      await backend.close()
      expect((await other.load([meta.task_id]))[0]).toEqual(meta)
    })

    itShared('waits for what was begun: it is stored or refused, never half done', async () => {
      const [backend, other] = [await stage.open(), await stage.open()]
      const batch = Array.from({ length: 200 }, () => metaOf('SUCCESS'))
      const storing = backend.store(batch).catch(() => undefined)
      await backend.close()
      const outcomes = await storing
      const loaded = await other.load(batch.map(meta => meta.task_id))
      if (outcomes !== undefined)
        expect(loaded.map(meta => meta !== undefined)).toEqual(outcomes.map(outcome => outcome === undefined))
    })
  })

  describe('url', () => {
    it('[RB-07] is given for banners, without a password', async () => {
      const backend = await stage.open()
      expect(backend.url).toMatch(/^[a-z][a-z0-9+.-]*:\/\//i)
      expect(backend.url).not.toMatch(/:\/\/[^/?#]*:(?!\*\*@)[^/?#@]+@/)
    })
  })
}

/** Needs `sever`. */
export function describeLoss(stage: Stage): void {
  it('resolves `closed` with the reason, an error that may pass, while a watch is open', async () => {
    const backend = await stage.open()
    await backend.watch([newId()], () => undefined)
    await stage.sever()
    const reason = await backend.closed
    expect(reason).toBeInstanceOf(UmbelError)
    expect(reason).toMatchObject({ recoverable: true })
  })

  it('resolves `closed` before the verb that finds it lost rejects; all others reject too, and may pass', async () => {
    const backend = await stage.open()
    let ended = false
    void backend.closed.then(() => {
      ended = true
    })
    await stage.sever()
    await eventually(async () => {
      await backend.load([newId()]).catch(() => expect(ended).toBe(true))
      expect(ended).toBe(true)
    })
    await expect(backend.load([newId()])).rejects.toMatchObject({ recoverable: true })
    await expect(backend.forget([newId()])).rejects.toMatchObject({ recoverable: true })
    await expect(backend.watch([newId()], () => undefined)).rejects.toMatchObject({ recoverable: true })
    await backend.close()
  })

  it('does not keep the next one from working', async () => {
    const [lost, meta] = [await stage.open(), metaOf('SUCCESS')]
    await stage.sever()
    await lost.store([metaOf('SUCCESS')]).catch(() => undefined)
    const next = await stage.open()
    await next.store([meta])
    expect((await next.load([meta.task_id]))[0]).toEqual(meta)
  })
}

/** Needs joins. */
export function describeChordLifecycle(stage: Stage): void {
  it('a closed connection refuses chords', async () => {
    const backend = await stage.open()
    await backend.close()
    await expectRefusal(backend.openChord(newId(), 1, bodyOf()))
    await expectRefusal(backend.growChord(newId(), 1))
    await expectRefusal(backend.storeParts([partOf(newId(), 0)]))
    await expectRefusal(backend.pendingJoins(0))
    await expectRefusal(backend.confirmJoins([newId()]))
  })
}

/** For stores that cannot join. */
export function describeNoChords(stage: Stage): void {
  it('chords are refused by a store that cannot join', async () => {
    const backend = await stage.open()
    expect(backend.capabilities.joins).toBe(false)
    await expectRefusal(backend.openChord(newId(), 1, bodyOf()))
    await expectRefusal(backend.growChord(newId(), 1))
  })
}
