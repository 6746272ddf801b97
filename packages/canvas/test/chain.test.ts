import { beforeEach, describe, expect, it } from '@jest/globals'
import { chain, chord, fromJSON, group, nextInChain, signature, type TaskSend } from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'
import { EncodedJson } from '@umbel/protocol'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  tasks = tasksOf(recorder)
})

const context = () => ({ rootId: 'root', parentId: 'up', newId: () => recorder.newId() })

/** Names of the steps that a message carries, next one first. */
const rest = (send: TaskSend | undefined): string[] => (send?.options.chain ?? []).map(step => step.task).toReversed()

describe('a chain', () => {
  it('[K-21] splits back into steps, linked as the chain was', () => {
    const whole = chain(tasks.add(1, 1), tasks.add(2), tasks.text())
      .link(tasks.text(0).setImmutable())
      .linkError(tasks.text(1))
    const steps = whole.unchainTasks()
    const names = (links: unknown): string[] => ((links ?? []) as SignatureData[]).map(({ task }) => task)
    expect(steps.map(String)).toEqual(['t.add(1, 1)', 't.add(2)', 't.text()'])
    expect(steps.map(({ options }) => names(options.link))).toEqual([[], [], ['t.text']])
    expect(steps.map(({ options }) => names(options.link_error))).toEqual([['t.text'], ['t.text'], ['t.text']])
    expect(tasks.add(1, 1).unchainTasks().map(String)).toEqual(['t.add(1, 1)'])
  })

  it('[K-13] sends its first task with the rest; each next one gets the result in front', async () => {
    const handle = await chain(tasks.add(4, 4), tasks.add(8), tasks.text()).delay()
    const [first] = recorder.sends
    expect(recorder.sends).toHaveLength(1)
    expect(first).toMatchObject({ task: 't.add', args: [4, 4], options: { task_id: 'id1' } })
    expect(rest(first)).toEqual(['t.add', 't.text'])
    const second = nextInChain(first?.options.chain ?? [], 8, context())
    expect(second.sends).toEqual([
      {
        task: 't.add',
        args: [8, 8],
        kwargs: {},
        options: {
          task_id: 'id2',
          root_id: 'root',
          parent_id: 'up',
          chain: [expect.objectContaining({ task: 't.text' })]
        }
      }
    ])
    const third = nextInChain(second.sends[0]?.options.chain ?? [], 16, context())
    expect(third.sends[0]).toMatchObject({ task: 't.text', args: [16], options: { task_id: handle.id } })
    expect(third.sends[0]?.options.chain ?? []).toEqual([])
    expect(nextInChain([], 16, context())).toMatchObject({ sends: [], chords: [], results: [] })
  })

  it('hands on a result that is encoded, unread', () => {
    const result = new EncodedJson('not json at all')
    const plan = nextInChain([tasks.add(8).data], result, context())
    expect(plan.sends[0]?.args[0]).toBe(result)
  })

  it('[K-14] comes from a generator or a list; empty it does nothing, with one step it is that step', async () => {
    function* steps() {
      yield tasks.add(1, 1)
      yield tasks.add(2)
    }
    async function* later() {
      yield* steps()
    }
    const expected = chain(tasks.add(1, 1), tasks.add(2)).data
    expect(chain(steps()).data).toEqual(expected)
    expect(chain([...steps()]).data).toEqual(expected)
    expect((await chain(later())).data).toEqual(expected)
    const nothing = await chain().bind(recorder).delay()
    expect([await nothing.get(), await nothing.state()]).toEqual([undefined, 'SUCCESS'])
    expect(await chain([]).bind(recorder).call()).toBeUndefined()
    expect(recorder.batches).toEqual([])
    const single = await chain(tasks.add(1, 1)).applyAsync([], { taskId: 'mine' })
    expect(single.id).toBe('mine')
    expect(recorder.sends).toEqual([{ task: 't.add', args: [1, 1], kwargs: {}, options: { task_id: 'mine' } }])
  })

  it('[K-15] gives the last result, the earlier ones as parents, all ids fixed in advance', async () => {
    const handle = await chain(tasks.add(1, 1), tasks.add(2), tasks.add(3)).delay()
    expect(handle.asTuple()).toEqual([['id3', [['id2', [['id1', null], null]], null]], null])
    expect([handle.id, handle.parent?.id, handle.parent?.parent?.id]).toEqual(['id3', 'id2', 'id1'])
    const [first] = recorder.sends
    expect([first?.options.task_id, ...(first?.options.chain ?? []).map(step => step.options.task_id)]).toEqual([
      'id1',
      'id3',
      'id2'
    ])
    const named = await chain(tasks.add(1, 1), tasks.add(2)).applyAsync([], { taskId: 'last' })
    expect(named.id).toBe('last')
  })

  it('[K-16] is spliced into another, and runs in this process', async () => {
    recorder.local.set('t.add', (x: number, y: number) => x + y)
    recorder.local.set('t.text', String)
    recorder.local.set('t.sum', (values: number[]) => values.reduce((x, y) => x + y, 0))
    const inner = chain(tasks.add(2), chain(tasks.add(3), tasks.add(4)))
    const outer = chain(tasks.add(1, 1), inner, tasks.text())
    expect(outer.kwargs['tasks']).toHaveLength(5)
    expect(await outer.call()).toBe('11')
    const eager = await chain(tasks.add(1, 1), group(tasks.add(1), tasks.add(2)), tasks.sum(), tasks.text()).apply()
    expect([await eager.get(), await eager.successful()]).toEqual(['7', true])
    expect(recorder.batches).toEqual([])
  })

  it('[K-17] links its last step, and errbacks every step', async () => {
    const linked = chain(tasks.add(1, 1), tasks.add(2), tasks.add(3)).link(tasks.text()).linkError(signature('t.bad'))
    await linked.delay()
    const [first] = recorder.sends
    const [last, middle] = first?.options.chain ?? []
    const names = (links: unknown): string[] => ((links ?? []) as SignatureData[]).map(link => link.task)
    expect([first, middle, last].map(step => names(step?.options.link))).toEqual([[], [], ['t.text']])
    expect([first, middle, last].map(step => names(step?.options.link_error))).toEqual([
      ['t.bad'],
      ['t.bad'],
      ['t.bad']
    ])
    await chain(tasks.add(1, 1), tasks.add(2)).applyAsync([], { link: tasks.text(), linkError: signature('t.bad') })
    const [, again] = recorder.sends
    expect(names(again?.options.link)).toEqual([])
    expect(names(again?.options.chain?.[0]?.options.link)).toEqual(['t.text'])
    expect([again?.options, again?.options.chain?.[0]?.options].map(options => names(options?.link_error))).toEqual([
      ['t.bad'],
      ['t.bad']
    ])
  })

  it('[K-19] with a group and then a task opens a chord when it gets there', async () => {
    await chain(tasks.add(1, 1), group(tasks.add(10), tasks.add(20)), tasks.sum(), tasks.text()).delay()
    const [first] = recorder.sends
    expect(recorder.chords).toEqual([])
    expect(rest(first)).toEqual(['celery.chord', 't.text'])
    const plan = nextInChain(first?.options.chain ?? [], 2, context())
    expect(plan.sends.map(({ task, args }) => [task, args])).toEqual([
      ['t.add', [2, 10]],
      ['t.add', [2, 20]]
    ])
    const [opened] = plan.chords
    expect(opened).toMatchObject({ size: 2, body: { task: 't.sum', options: { root_id: 'root' } } })
    expect(opened?.body.options.chain).toMatchObject([{ task: 't.text' }])
    expect(opened?.body.options.parent_id).toBeUndefined()
    for (const [index, { options }] of plan.sends.entries()) {
      expect(options).toMatchObject({ group_id: opened?.groupId, group_index: index, root_id: 'root', parent_id: 'up' })
      expect(options.chord).toEqual(opened?.body)
      expect(options.chain).toBeUndefined()
    }
    await group(tasks.add(1, 1), tasks.add(2, 2)).pipe(tasks.sum()).delay()
    expect(recorder.chords).toHaveLength(1)
  })

  it('[K-20] with a chord and then a task extends the body', async () => {
    const extended = chain(chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum()), tasks.text())
    expect(String(extended)).toBe('%t.sum([t.add(1, 1), t.add(2, 2)]) | t.text()')
    const handle = await extended.delay()
    const [opened] = recorder.chords
    expect(opened?.body).toMatchObject({
      task: 't.sum',
      options: { chain: [{ task: 't.text', options: { task_id: handle.id } }] }
    })
    expect(handle.parent?.id).toBe(opened?.body.options.task_id)
  })

  it('[K-22] and a group may miss their leading argument until they are called', async () => {
    await chain(tasks.add(8), tasks.text()).delay(1)
    await group(tasks.add(1), tasks.add(2)).delay(5)
    await chain(group(tasks.add(1), tasks.add(2)), tasks.sum()).delay(7)
    expect(recorder.sends.map(({ args }) => args)).toEqual([
      [1, 8],
      [5, 1],
      [5, 2],
      [7, 1],
      [7, 2]
    ])
  })

  it('gives arguments to the first step that is one', async () => {
    await chain([group([]), tasks.add(8), tasks.text()])
      .bind(recorder)
      .applyAsync([1])
    expect(recorder.sends[0]).toMatchObject({ task: 't.add', args: [1, 8] })
  })

  it('unrolls a group that has one member at the bottom, and keeps one of only empty groups', async () => {
    const handle = await chain([tasks.add(1, 1), group([group([]), group([tasks.add(2)])])]).delay()
    const [last] = recorder.sends[0]?.options.chain ?? []
    expect(last).toMatchObject({ task: 't.add', args: [2] })
    expect(handle.asTuple()).toMatchObject([[last?.options.task_id, [['id1', null], null]], null])
    const empties = { task: 'celery.chain', kwargs: { tasks: [group([]).data, group([]).data] } }
    const empty = await fromJSON(empties).bind(recorder).delay()
    expect(empty.asTuple()).toMatchObject([[expect.any(String), null], []])
    expect(recorder.sends).toHaveLength(1)
  })
})
