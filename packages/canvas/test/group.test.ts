import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  chain,
  chord,
  chunks,
  fromJSON,
  type Group,
  group,
  InvalidSignatureError,
  signature,
  xmap,
  xstarmap
} from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  tasks = tasksOf(recorder)
})

const names = (links: unknown): string[] => ((links ?? []) as SignatureData[]).map(link => link.task)

describe('a group', () => {
  it('is one batch, however large; its members know their place', async () => {
    const handle = await group(Array.from({ length: 10_000 }, (_, index) => tasks.add(index, index))).delay()
    expect(recorder.batches).toHaveLength(1)
    expect(recorder.sends).toHaveLength(10_000)
    expect(recorder.sends[9_999]).toMatchObject({
      args: [9_999, 9_999],
      options: { group_id: handle.id, group_index: 9_999 }
    })
    expect(handle.results.map(({ id }) => id)).toEqual(recorder.sends.map(({ options }) => options.task_id))
    expect(new Set(handle.results.map(({ id }) => id)).size).toBe(10_000)
    expect(recorder.sends[0]?.options.root_id).toBeUndefined()
  })

  it('[K-24] comes from a generator or a list, flat; one member in a chain is that member, none gives nothing', async () => {
    function* members() {
      yield tasks.add(1, 1)
      yield tasks.add(2, 2)
    }
    async function* later() {
      yield* members()
    }
    const expected = group(tasks.add(1, 1), tasks.add(2, 2)).data
    expect([group(members()).data, group([...members()]).data, (await group(later())).data]).toEqual([
      expected,
      expected,
      expected
    ])
    const nested = await group(group(members()), group([group([tasks.add(3, 3)]), chain([])]), tasks.add(4, 4)).delay()
    expect(nested.length).toBe(4)
    expect(recorder.sends.map(({ options }) => [options.group_id, options.group_index])).toEqual(
      [0, 1, 2, 3].map(index => [nested.id, index])
    )
    await chain(tasks.add(1, 1), fromJSON({ task: 'celery.group', kwargs: { tasks: [tasks.add(2).data] } })).delay()
    expect(recorder.sends.at(-1)?.options.chain).toMatchObject([{ task: 't.add', args: [2] }])
    const empty = await group([]).bind(recorder).applyAsync([])
    expect([empty.length, await empty.get()]).toEqual([0, []])
  })

  it('[K-25] is skewed: its members start one after the other', () => {
    const countdowns = (skewed: Group): unknown[] => skewed.tasks.map(({ options }) => options.countdown)
    const three = group(tasks.add(1, 1), tasks.add(2, 2), tasks.add(3, 3))
    expect(countdowns(three.skew())).toEqual([1, 2, 3])
    expect(countdowns(three.skew({ start: 2, step: 5, stop: 8 }))).toEqual([2, 7, 8])
    expect(countdowns(three)).toEqual([undefined, undefined, undefined])
  })

  it('[K-26] links its first member once, errbacks each; links at the call are refused', () => {
    const linked = group(tasks.add(1, 1), tasks.add(2, 2))
      .link(tasks.text() as never)
      .link(tasks.text() as never)
    expect(linked.tasks.map(({ options }) => names(options.link))).toEqual([['t.text'], []])
    expect(linked.tasks[0]?.options.link).toMatchObject([{ immutable: true }])
    const guarded = group(tasks.add(1, 1), tasks.add(2, 2)).linkError(signature('t.bad'))
    expect(guarded.tasks.map(({ options }) => names(options.link_error))).toEqual([['t.bad'], ['t.bad']])
    expect(() => guarded.applyAsync([], { link: tasks.text() })).toThrow(InvalidSignatureError)
    expect(() => guarded.applyAsync([], { link: tasks.text() })).toThrow('make it the header of a chord')
    expect(() => guarded.applyAsync([], { linkError: tasks.text() })).toThrow('group.linkError()')
    expect(recorder.sends).toEqual([])
  })

  it('[K-27] gives its arguments to each member', async () => {
    const hard = tasks.add(9, 9).setImmutable()
    await group([tasks.add(1), chain(tasks.add(2), tasks.text()), hard])
      .bind(recorder)
      .applyAsync([5], { kwargs: { z: 1 } })
    expect(recorder.sends.map(({ args, kwargs }) => [args, kwargs])).toEqual([
      [[5, 1], { z: 1 }],
      [[5, 2], { z: 1 }],
      [[9, 9], {}]
    ])
  })

  it('marks only the last step of a chain in it', async () => {
    const handle = await group([chain(tasks.add(1, 1), tasks.add(2)), tasks.add(3, 3)]).delay()
    const [first, second] = recorder.sends
    expect(first?.options.group_id).toBeUndefined()
    expect(first?.options.chain?.[0]?.options).toMatchObject({ group_id: handle.id, group_index: 0 })
    expect(second?.options).toMatchObject({ group_id: handle.id, group_index: 1 })
  })

  it('[K-54] gives priority and queue to its members; so do chains and chords', async () => {
    const route = { queue: 'q', priority: 7 }
    const routeOf = (options: SignatureData['options'] | undefined) => [options?.queue, options?.priority]
    await group(tasks.add(1, 1), tasks.add(2, 2).set({ queue: 'own' }))
      .set(route)
      .delay()
    expect(recorder.sends.map(({ options }) => routeOf(options))).toEqual([
      ['q', 7],
      ['q', 7]
    ])
    await chain(tasks.add(1, 1), tasks.add(2).set({ queue: 'own' }), tasks.text()).applyAsync([], {
      ...route,
      countdown: 9
    })
    const [, , first] = recorder.sends
    const [last, middle] = first?.options.chain ?? []
    expect([first, middle, last].map(step => routeOf(step?.options))).toEqual([
      ['q', 7],
      ['own', 7],
      ['q', 7]
    ])
    expect([first, middle, last].map(step => step?.options.countdown)).toEqual([9, undefined, undefined])
    await chord([tasks.add(1, 1)], tasks.sum())
      .set({ ...route, countdown: 9 })
      .delay()
    const header = recorder.sends.at(-1)
    expect([routeOf(header?.options), routeOf(header?.options.chord?.options)]).toEqual([
      ['q', 7],
      ['q', 7]
    ])
    expect([header?.options.countdown, header?.options.chord?.options.countdown]).toEqual([9, undefined])
  })
})

describe('map, starmap and chunks', () => {
  it('map and starmap are one task about every item', async () => {
    await xmap(tasks.text(), new Set([1, 2])).delay()
    await xstarmap(tasks.add(), [
      [1, 2],
      [3, 4]
    ]).delay()
    expect(recorder.sends.map(({ task, args, kwargs }) => [task, args, kwargs])).toEqual([
      ['celery.map', [], { task: tasks.text().data, it: [1, 2] }],
      [
        'celery.starmap',
        [],
        {
          task: tasks.add().data,
          it: [
            [1, 2],
            [3, 4]
          ]
        }
      ]
    ])
    async function* later() {
      yield 1
    }
    expect((await xmap(tasks.text(), later())).kwargs['it']).toEqual([1])
    expect(String(xmap(tasks.text(), [1, 2]))).toBe('[t.text(x) for x in [1, 2]]')
    expect(String(xstarmap(tasks.add(), [[1, 2]]))).toBe('[t.add(*x) for x in [[1, 2]]]')
  })

  it('[K-42] chunks are tasks of n items each, as a group, sent or skewed', async () => {
    const pairs = Array.from({ length: 5 }, (_, index): [number, number] => [index, index])
    const cut = chunks(tasks.add(), pairs, 2).set({ queue: 'q' })
    expect(cut.data).toMatchObject({
      task: 'celery.chunks',
      subtask_type: null,
      immutable: true,
      kwargs: { it: pairs, n: 2 }
    })
    const parts = [pairs.slice(0, 2), pairs.slice(2, 4), pairs.slice(4)]
    expect(cut.group().tasks.map(({ task, kwargs }) => [task, kwargs['it']])).toEqual(
      parts.map(it => ['celery.starmap', it])
    )
    expect(cut.skew({ start: 1, step: 2 }).tasks.map(({ options }) => options.countdown)).toEqual([1, 3, 5])
    const handle = await cut.applyAsync()
    expect(handle.length).toBe(3)
    expect(recorder.sends.map(({ task, kwargs, options }) => [task, kwargs['it'], options.queue])).toEqual(
      parts.map(it => ['celery.starmap', it, 'q'])
    )
    expect((await cut.applyAsync([], { taskId: 'mine' })).id).toBe('mine')
    expect(() => chunks(tasks.add(), pairs, 0)).toThrow('1 call or more')
    expect(fromJSON(JSON.parse(JSON.stringify(cut)))).toEqual(cut)
  })

  it('chunks followed by a task are the header of a chord', async () => {
    await chain([
      chunks(
        tasks.add(),
        [
          [1, 2],
          [3, 4]
        ],
        1
      ),
      signature('t.flat')
    ])
      .bind(recorder)
      .delay()
    expect(recorder.chords).toMatchObject([{ size: 2, body: { task: 't.flat' } }])
    expect(recorder.sends.map(({ task }) => task)).toEqual(['celery.starmap', 'celery.starmap'])
  })
})
