import { describe, expect, it } from '@jest/globals'
import { chain, chord, group } from '@umbel/canvas'
import { TaskRevokedError } from '@umbel/protocol'
import { DRIVERS } from './drivers.js'
import { createRig } from './rig.js'

const TIMEOUT = { timeout: 5 }

describe.each(DRIVERS)('on %s, stamps', (_driver, createDrivers) => {
  function stamped() {
    const rig = createRig({ taskAcksLate: true, resultExtended: true }, createDrivers())
    const seen: string[] = []
    const hear = (name: string, { stamps }: { readonly stamps: object }) =>
      seen.push(`${name} ${JSON.stringify(stamps)}`)
    const note = rig.app.task('note', { bind: true, typing: false }, (self, ..._args: unknown[]) => {
      hear('note', self.request)
      return 1
    })
    return { rig, seen, hear, note }
  }

  it('[K-50] reach the request, callbacks, errbacks and retries, and are kept with extended results', async () => {
    const { rig, seen, hear, note } = stamped()
    const flaky = rig.app.task('flaky', { bind: true, maxRetries: 1 }, (self): number => {
      hear(`flaky ${self.request.retries}`, self.request)
      throw self.request.retries === 0 ? self.retry({ countdown: 0 }) : new RangeError('no')
    })
    await rig.start()
    const failing = await flaky.s().linkError(note.s()).stamp({ trace: 't-1' }).delay()
    await expect(failing.get(TIMEOUT)).rejects.toThrow('no')
    await rig.line(/note\[.*succeeded/)
    expect(seen).toEqual(['flaky 0', 'flaky 1', 'note'].map(name => `${name} {"trace":"t-1"}`))
    const result = await note
      .s()
      .link(note.si())
      .stamp({ trace: ['a', 'b'] })
      .delay()
    await result.get(TIMEOUT)
    await rig.empty()
    expect(seen.slice(3)).toEqual(['note {"trace":["a","b"]}', 'note {"trace":["a","b"]}'])
    const meta = await rig.app.asyncResult(result.id).meta()
    expect(meta).toMatchObject({ stamped_headers: ['trace'], trace: ['a', 'b'] })
    const [first] = rig.sent
    expect(first?.message.headers).toMatchObject({ stamped_headers: ['trace'], stamps: { trace: 't-1' } })
  })

  it('[K-50] reach every task of a canvas, and what replaces a task, unless that has its own', async () => {
    const { rig, seen, note } = stamped()
    const replaced = rig.app.task('replaced', { bind: true }, (self): number[] =>
      self.replace(group([note.si(), note.si().stamp({ trace: 'own' })]))
    )
    const sum = rig.app.task('sum', { bind: true }, (self, xs: number[]) => {
      seen.push(`sum ${JSON.stringify(self.request.stamps)}`)
      return xs.length
    })
    await rig.start()
    const visitor = { onSignature: () => ({ trace: 't-2' }) }
    const result = await chain(note.si(), chord([note.si(), note.si()], sum.s()))
      .stamp(visitor)
      .delay()
    expect(await result.get(TIMEOUT)).toBe(2)
    expect(seen).toEqual([...['note', 'note', 'note', 'sum'].map(name => `${name} {"trace":"t-2"}`)])
    expect(await (await replaced.s().stamp({ trace: 't-3' }).delay()).get(TIMEOUT)).toEqual([1, 1])
    await rig.empty()
    expect(seen.slice(4).toSorted()).toEqual(['note {"trace":"own"}', 'note {"trace":"t-3"}'])
  })

  it('[K-50] are what tasks may be revoked by', async () => {
    const { rig, seen, note } = stamped()
    await rig.start({ hostname: 'w1@here' })
    const replies = await rig.app.control.revokeByStampedHeaders(
      { trace: ['bad', 'worse'] },
      { reply: true, limit: 1, timeout: 5 }
    )
    expect(replies).toEqual([
      { 'w1@here': { ok: expect.stringMatching(/^headers .*worse.* flagged as revoked, but not terminated$/) } }
    ])
    const [one, list, other] = await Promise.all(
      ['bad', ['good', 'worse'], 'good'].map(async trace => await note.s().stamp({ trace }).delay())
    )
    for (const result of [one, list]) await expect(result?.get(TIMEOUT)).rejects.toThrow(TaskRevokedError)
    await other?.get(TIMEOUT)
    expect(seen).toEqual(['note {"trace":"good"}'])
  })
})
