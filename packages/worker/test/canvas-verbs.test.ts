import { describe, expect, it } from '@jest/globals'
import { type AnySignature, chain, chord, group, xmap, xstarmap } from '@umbel/canvas'
import { DRIVERS } from './drivers.js'
import { createRig, type Drivers } from './rig.js'

const TIMEOUT = { timeout: 5 }

function calculator(drivers: Drivers, settings: Parameters<typeof createRig>[0] = {}) {
  const rig = createRig({ taskAcksLate: true, ...settings }, drivers)
  return {
    rig,
    add: rig.app.task('add', (x: number, y: number) => x + y),
    double: rig.app.task('double', (x: number) => x * 2),
    sum: rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0)),
    addAll: rig.app.task('addAll', (xs: number[], more: number) => xs.reduce((a, b) => a + b, more))
  }
}

describe.each(DRIVERS)('on %s, a bound task', (_driver, createDrivers) => {
  it('[T-43][K-39] replaces itself, and adds to the chord that it is a member of', async () => {
    const { rig, add, sum } = calculator(createDrivers())
    const replaced = rig.app.task('replaced', { bind: true }, (self, x: number): number => self.replace(add.s(x, 100)))
    const both = rig.app.task('both', { bind: true }, async (self, x: number): Promise<number> => {
      await self.addToChord(add.s(x, 10))
      throw self.replace(add.s(x, 1000))
    })
    const outside = rig.app.task('outside', { bind: true }, async self => await self.addToChord(add.s(1, 1)))
    await rig.start()
    expect(await replaced.delay(1).get(TIMEOUT)).toBe(101)
    expect(await (await chord([replaced.s(1), both.s(1), add.s(1, 1)], sum.s()).delay()).get(TIMEOUT)).toBe(1115)
    await expect(outside.delay().get(TIMEOUT)).rejects.toThrow('not member of a chord')
    await rig.empty()
  })

  it('adds canvases of any shape to its chord: each end is one more part', async () => {
    const { rig, add, double, sum } = calculator(createDrivers())
    const shapes = {
      chain: () => chain(add.s(1, 1), double.s()),
      group: () => group([add.s(1, 1), add.s(2, 2)]),
      chord: () => chord([add.s(1, 1), add.s(2, 2)], sum.s())
    }
    const grows = rig.app.task('grows', { bind: true }, async (self, shape: keyof typeof shapes): Promise<number> => {
      await self.addToChord(shapes[shape]())
      return 100
    })
    await rig.start()
    const total = async (shape: keyof typeof shapes) =>
      await (await chord([grows.s(shape), add.s(0, 10)], sum.s()).delay()).get(TIMEOUT)
    expect([await total('chain'), await total('group'), await total('chord')]).toEqual([114, 116, 116])
    await rig.empty()
  })

  it('[K-47] counts how often it was replaced, however', async () => {
    const { rig, double, sum } = calculator(createDrivers())
    const seen: number[] = []
    const again = rig.app.task('again', { bind: true }, (self, left: number): number => {
      seen.push(self.request.replacedTaskNesting)
      if (left === 0) return self.request.replacedTaskNesting
      throw self.replace(again.s(left - 1))
    })
    await rig.start()
    expect(await again.delay(3).get(TIMEOUT)).toBe(3)
    expect(seen).toEqual([0, 1, 2, 3])
    const byCanvas = rig.app.task('byCanvas', { bind: true }, (self): number =>
      self.replace(chain(group([again.s(0), again.s(1)]), sum.s(), double.s()))
    )
    expect(await byCanvas.delay().get(TIMEOUT)).toBe(6)
    expect(seen.slice(4).toSorted()).toEqual([1, 1, 2])
  })

  it('[T-33] with onReplace customises its replacement', async () => {
    const { rig, add } = calculator(createDrivers())
    const heard: string[] = []
    const onReplace = async (task: { readonly request: { readonly id: string } }, sig: AnySignature) => {
      heard.push(`${task.request.id} ${sig}`)
      const [x] = sig.args as number[]
      if (x === 1) return undefined
      if (x === 2) return sig.set({ queue: 'other' })
      throw new RangeError('no replacement today')
    }
    const replaced = rig.app.task('replaced', { bind: true, onReplace }, (self, x: number): number =>
      self.replace(add.s(x, 100))
    )
    await rig.start()
    const [asGiven, changed, refused] = [replaced.delay(1), replaced.delay(2), replaced.delay(3)]
    expect(await asGiven.get(TIMEOUT)).toBe(101)
    const [sent] = await rig.take('other')
    expect(sent?.message.headers).toMatchObject({ task: 'add', id: changed.id })
    await expect(refused.get(TIMEOUT)).rejects.toThrow('no replacement today')
    expect(heard.toSorted()).toEqual(
      [asGiven, changed, refused].map(({ id }, index) => `${id} add(${index + 1}, 100)`).toSorted()
    )
  })
})

describe.each(DRIVERS)('on %s', (_driver, createDrivers) => {
  it('[K-41] map and starmap apply a task to every item, in order, in one task', async () => {
    const { rig, add, double } = calculator(createDrivers())
    await rig.start()
    const maps = [double.map([1, 2, 3]), xmap(double.s(), [1, 2, 3])]
    const starmaps = [
      add.starmap([
        [1, 2],
        [3, 4]
      ]),
      xstarmap(add.s(), [
        [1, 2],
        [3, 4]
      ])
    ]
    for (const each of maps) expect(await (await each.delay()).get(TIMEOUT)).toEqual([2, 4, 6])
    for (const each of starmaps) expect(await (await each.delay()).get(TIMEOUT)).toEqual([3, 7])
    await rig.empty()
    const sent = rig.sent.map(({ message }) => message.headers['task'])
    expect(sent).toEqual(['celery.map', 'celery.map', 'celery.starmap', 'celery.starmap'])
  })

  it('[K-21] a chain sent with protocol 1 goes on by links', async () => {
    const { rig, add, sum, double } = calculator(createDrivers(), { taskProtocol: 1 })
    await rig.start()
    expect(await (await chain(add.s(1, 1), double.s(), double.s()).delay()).get(TIMEOUT)).toBe(8)
    const joined = chain(add.s(1, 1), group([add.s(1), add.s(2)]), sum.s(), double.s())
    expect(await (await joined.delay()).get(TIMEOUT)).toBe(14)
    await rig.empty()
    expect(rig.sent.filter(({ message }) => message.headers['task'] !== undefined)).toEqual([])
  })

  it('[K-28] a group is followed by a group, by a chord, by an empty group', async () => {
    const { rig, add, sum, addAll } = calculator(createDrivers())
    await rig.start()
    const header = () => group([add.s(1, 1), add.s(2, 2)])
    const groups = header().pipe(group([addAll.s(1), addAll.s(2)]))
    expect(await (await groups.delay()).get(TIMEOUT)).toEqual([7, 8])
    const chords = header().pipe(chord([addAll.s(1), addAll.s(2)], sum.s()))
    expect(await (await chords.delay()).get(TIMEOUT)).toBe(15)
    const alone = header().pipe(group([]) as never)
    expect(await (await alone.delay()).get(TIMEOUT)).toEqual([2, 4])
    await rig.empty()
  })
})
