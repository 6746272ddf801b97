import { chain, chord } from '@umbel/canvas'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ResultBackend } from '@umbel/backend'
import { createMemory } from '@umbel/memory'
import type { ResultMeta } from '@umbel/protocol'
import { registerOwnStore, registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig, type Rig } from './rig.js'
import { Gate, until } from './until.js'

const MAIN = 'memory://main'
const OWN = 'memory://own'

describe('a result store of a task’s own', () => {
  const memory = createMemory()
  let rig: Rig
  let stores: { main: ResultBackend; own: ResultBackend }

  beforeEach(async () => {
    const { backend } = memory
    rig = createRig({ backend: MAIN, backends: [backend] })
    stores = { main: await backend.connect(MAIN), own: await backend.connect(OWN) }
  })

  afterEach(async () => {
    await Promise.all([stores.main.close(), stores.own.close()])
  })

  /** What the two stores hold of a task. */
  async function states(id: string): Promise<{ main: string | undefined; own: string | undefined }> {
    const [[main], [own]] = await Promise.all([stores.main.load([id]), stores.own.load([id])])
    return { main: stateOf(main), own: stateOf(own) }
  }

  async function own(id: string, state: string): Promise<void> {
    await until(
      async () => ((await states(id)).own === state ? true : undefined),
      () => `${state} of ${id} in the task's own store`
    )
  }

  it('[T-18] backend: takes every state of it, and results are found by their ids alone', async () => {
    const [first, second] = [new Gate(), new Gate()]
    const options = { backend: OWN, trackStarted: true, bind: true } as const
    const kept = rig.app.task('kept', options, async task => {
      await first.pass()
      await task.updateState({ state: 'PROGRESS', meta: 1 })
      await second.pass()
      return 'here'
    })
    const bad = rig.app.task('bad', { backend: OWN, throws: [RangeError] }, () => {
      throw new RangeError('no')
    })
    const plain = rig.app.task('plain', () => 'there')
    await rig.start()
    const result = await kept.delay()
    await own(result.id, 'STARTED')
    first.open()
    await own(result.id, 'PROGRESS')
    second.open()
    expect(await rig.app.asyncResult(result.id).get({ timeout: 5 })).toBe('here')
    expect(await states(result.id)).toEqual({ main: undefined, own: 'SUCCESS' })
    const failed = await bad.delay()
    await expect(failed.get({ timeout: 5 })).rejects.toThrow(RangeError)
    expect(await states(failed.id)).toEqual({ main: undefined, own: 'FAILURE' })
    const other = await plain.delay()
    expect(await other.get({ timeout: 5 })).toBe('there')
    expect(await states(other.id)).toEqual({ main: 'SUCCESS', own: undefined })
    await result.forget()
    expect(await states(result.id)).toEqual({ main: undefined, own: undefined })
  })

  it('is told of, and read, by a task in a thread', async () => {
    registerTasks(rig.app)
    registerOwnStore(rig.app)
    await rig.start({ pool: 'async', concurrency: 1 }, { module: location })
    const result = await rig.app.sendTask('fixture.ownStore', [])
    expect(await result.get({ timeout: 5 })).toBe('PROGRESS')
    expect(await states(result.id)).toEqual({ main: undefined, own: 'SUCCESS' })
  })

  it('is where the later steps of a failed chain are told of', async () => {
    const bad = rig.app.task('bad', { throws: [Error] }, (): number => {
      throw new Error('no')
    })
    const kept = rig.app.task('kept', { backend: OWN }, (x: number) => x)
    await rig.start()
    const result = await chain(bad.s(), kept.s()).delay()
    await expect(result.get({ timeout: 5 })).rejects.toThrow('no')
    await own(result.id, 'FAILURE')
    expect(await states(result.id)).toEqual({ main: undefined, own: 'FAILURE' })
  })

  it('keeps its parts of chords, which the application’s store counts', async () => {
    const kept = rig.app.task('kept', { backend: OWN }, (x: number) => x)
    const sum = rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0))
    await rig.start()
    const header = ['one', 'two'].map((taskId, index) => kept.s(index).set({ taskId }))
    const result = await chord(header, sum.s()).delay()
    expect(await result.get({ timeout: 5 })).toBe(1)
    for (const id of ['one', 'two']) expect(await states(id)).toEqual({ main: 'SUCCESS', own: 'SUCCESS' })
  })

  it('gives results to an application that has none', async () => {
    const app = createRig({ backend: 'disabled', backends: [memory.backend] })
    const kept = app.app.task('kept', { backend: OWN, acksLate: true }, (x: number) => x)
    const dropped = app.app.task('dropped', () => 1)
    await app.start()
    expect(await kept.delay(7).get({ timeout: 5 })).toBe(7)
    const { id } = await dropped.delay()
    await app.line(`dropped[${id}] succeeded`)
    expect(await states(id)).toEqual({ main: undefined, own: undefined })
  })

  it('is refused where it cannot be one, before anything runs', async () => {
    expect(() => rig.app.task('wrong', { backend: 7 as unknown as string }, () => 1)).toThrow(
      'task wrong: backend: expected the URL of a result store, got 7'
    )
    rig.app.task('unknown', { backend: 'radish://localhost' }, () => 1)
    await expect(rig.start()).rejects.toThrow('unknown scheme radish')
  })
})

function stateOf(meta: ResultMeta | undefined): string | undefined {
  return meta?.status
}
