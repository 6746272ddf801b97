import { afterEach, describe, expect, it } from '@jest/globals'
import { chain, chord, group } from '@umbel/canvas'
import { Ignore, TaskRevokedError } from '@umbel/protocol'
import type { AsyncResult, BoundTask, EagerResult, Umbel } from '../src/index.js'
import { createApp, rejection, takeAll, warningsDuring } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

function withTasks(options: Parameters<typeof createApp>[0] = {}) {
  const app = make(options)
  return {
    app,
    add: app.task('add', (x: number, y: number) => x + y),
    mul: app.task('mul', (x: number, y: number) => x * y),
    xsum: app.task('xsum', (xs: number[]) => xs.reduce((a, b) => a + b, 0)),
    fail: app.task('fail', (why: string): number => {
      throw new TypeError(why)
    })
  }
}

describe('apply', () => {
  it('[C-03][C-06] runs here: throw, retries, link with the result in front, linkError, taskId', async () => {
    const { app, add, fail } = withTasks()
    const linked: unknown[] = []
    const note = app.task('note', (...args: unknown[]) => void linked.push(args))
    const result = await add.apply([2, 2], { taskId: 'mine', link: [note.signature(['x']), note.si('alone')] })
    expect([result.constructor.name, result.id, await result.get()]).toEqual(['EagerResult', 'mine', 4])
    expect(linked).toEqual([[4, 'x'], ['alone']])
    await fail.apply(['no'], { taskId: 'bad', linkError: note.signature([]) })
    expect(linked.at(-1)).toEqual(['bad'])
    expect((await rejection(fail.apply(['no'], { throw: true }))).message).toBe('no')
    const tries = app.task('tries', { bind: true }, task => task.request.retries)
    expect(await (await tries.apply([], { retries: 2 })).get()).toBe(2)
  })

  it('[R-27] answers an EagerResult with the interface of the others', async () => {
    const { add, fail } = withTasks()
    const done = await add.apply([1, 2])
    expect([
      await done.ready(),
      await done.successful(),
      await done.failed(),
      await done.state(),
      await done.result()
    ]).toEqual([true, true, false, 'SUCCESS', 3])
    await done.forget()
    expect(await done.get()).toBe(3)
    await done.revoke()
    expect([await done.state(), await done.ready()]).toEqual(['REVOKED', true])
    await expect(done.get()).rejects.toThrow(TaskRevokedError)
    const failed = await fail.apply(['no'])
    expect([await failed.state(), await failed.failed()]).toEqual(['FAILURE', true])
    expect(await failed.traceback()).toMatch(/TypeError: no/)
    expect(await failed.get({ propagate: false })).toBeInstanceOf(TypeError)
  })

  it('[TH-02] tests a body by a call or by apply, and its retry', async () => {
    const { app, add } = withTasks()
    expect([add(2, 2), await (await add.apply([2, 2])).get()]).toEqual([4, 4])
    const waits: number[] = []
    const flaky = app.task('flaky', { bind: true, maxRetries: 5 }, (task: BoundTask) => {
      waits.push(task.request.retries)
      return waits.length < 3 ? task.retry({ countdown: 3600, exc: new Error('later') }) : 'done'
    })
    expect(await (await flaky.apply([])).get()).toBe('done')
    expect(waits).toEqual([0, 1, 2])
    waits.length = 0
    expect(() => flaky()).toThrow('later')
  })
})

describe('eager mode', () => {
  it('[C-30][TH-01] runs what is sent: through the serializer, with headers, links and chains, without a broker', async () => {
    const { app, add, mul } = withTasks({ taskAlwaysEager: true, broker: 'nowhere://' })
    const seen: unknown[] = []
    const look = app.task('look', { bind: true }, (task, value: unknown) => {
      seen.push(value, task.request.headers, task.request.isEager)
      return value
    })
    const given = { date: new Date(0), list: [1] }
    const result = await look.applyAsync([given], { headers: { trace: 'x' } })
    expect(result.constructor.name).toBe('EagerResult')
    expect(seen).toEqual([given, { trace: 'x' }, true])
    expect(seen[0]).not.toBe(given)
    expect((await rejection(look.delay(() => 1))).message).toMatch(/args\[0\]/)
    expect(await (await chain(add.s(4, 4), mul.s(8), look.s()).delay()).get()).toBe(64)
    expect(seen.at(-3)).toBe(64)
  })

  it('runs groups and chords, nested too, and tells the body of a failed header', async () => {
    const { add, mul, xsum, fail } = withTasks({ taskAlwaysEager: true })
    const sums = await group([add.s(1, 1), add.s(2, 2)]).delay()
    expect(await sums.get()).toEqual([2, 4])
    expect(await (await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).delay()).get()).toBe(6)
    expect(await (await chain(add.s(1, 1), group([mul.s(2), mul.s(3)]), xsum.s()).delay()).get()).toBe(10)
    const failed = await chord([add.s(1, 1), fail.s('no')], xsum.s()).delay()
    expect(await rejection(failed.get())).toMatchObject({ name: 'ChordError', message: expect.stringContaining('no') })
  })

  it('tells everybody who waits that a canvas has failed', async () => {
    const { app, add, xsum, fail } = withTasks({ taskAlwaysEager: true })
    const ignored = app.task('ignored', (): number => {
      throw new Ignore('not mine')
    })
    const failing = fail.si('no') as unknown as ReturnType<typeof add.si>
    const canvases = [
      chain(failing, add.si(1, 1), add.si(2, 2)),
      chain(chord([failing, add.si(1, 1)], xsum.s()), add.si(1, 1)),
      chord([chain(failing, add.si(1, 1)), add.si(1, 1)], xsum.s()),
      chord([chain(chord([failing], xsum.s()), add.si(1, 1)), add.si(1, 1)], xsum.s()),
      chord([add.si(1, 1), ignored.si()], xsum.s())
    ]
    for (const canvas of canvases) {
      const result = await canvas.delay()
      expect(await result.get({ propagate: false, followParents: false, timeout: 1 })).toMatchObject({
        message: expect.stringMatching(/no|IGNORED/)
      })
    }
  })

  it('replaces a task by another, which gives its value', async () => {
    const { app, add } = withTasks({ taskAlwaysEager: true })
    const swap = app.task('swap', { bind: true }, (task, x: number): number => task.replace(add.s(x, 10)))
    expect(await swap.delay(5).get()).toBe(15)
    expect(await (await chain(swap.s(5), add.s(1)).delay()).get()).toBe(16)
  })

  it('throws at the call where errors shall propagate', async () => {
    const { fail } = withTasks({ taskAlwaysEager: true, taskEagerPropagates: true })
    expect((await rejection(fail.delay('now'))).message).toBe('now')
  })

  it('[C-31] permits a task to wait for another', async () => {
    const { app, add } = withTasks({ taskAlwaysEager: true })
    const outer = app.task('outer', async (x: number) => (await add.delay(x, 1).get()) * 10)
    expect(await outer.delay(1).get()).toBe(20)
  })

  it('[T-18] stores results where that is asked for: storeEagerResult, taskStoreEagerResult', async () => {
    const app = make({ taskAlwaysEager: true })
    const kept = app.task('kept', { storeEagerResult: true }, () => 1)
    const dropped = app.task('dropped', () => 2)
    const stored = async (result: AsyncResult): Promise<unknown> =>
      (await (await app.services.gateway().backend()).load([result.id]))[0]?.result
    expect([await stored(await kept.delay()), await stored(await dropped.delay())]).toEqual([1, undefined])
    app.conf.update({ taskStoreEagerResult: true })
    expect(await stored(await dropped.delay())).toBe(2)
  })

  it('warns that sendTask goes to the broker', async () => {
    const { app } = withTasks({ taskAlwaysEager: true })
    const warnings = await warningsDuring(() => app.sendTask('add', [1, 1]))
    expect(warnings).toMatchObject([{ name: 'AlwaysEagerIgnored', message: expect.stringContaining('sendTask') }])
    expect(await takeAll(app)).toHaveLength(1)
  })

  it('remembers what a task sends, in order', async () => {
    const { app, add } = withTasks({ taskAlwaysEager: true })
    const parent = app.task('parent', async () => {
      await add.applyAsync([1, 1], { taskId: 'one' })
      await group([add.s(2, 2).set({ taskId: 'two' })]).delay()
    })
    const { id } = await parent.delay()
    const children = (await app.asyncResult(id).children()).map(child => child.id)
    expect(children).toEqual(['one', 'two'])
  })

  it('keeps the types of an eager result', async () => {
    const { add } = withTasks()
    const result: EagerResult<number> = await add.apply([1, 1])
    const value: number = await result.get()
    expect(value).toBe(2)
  })
})
