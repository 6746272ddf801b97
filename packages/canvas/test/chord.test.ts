import { beforeEach, describe, expect, it } from '@jest/globals'
import { chain, chord, chordBody, group, nextInChain, signature } from '@umbel/canvas'
import { EncodedJson, type SignatureData } from '@umbel/protocol'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  tasks = tasksOf(recorder)
})

const context = () => ({ rootId: 'root', parentId: 'up', newId: () => recorder.newId() })
const names = (links: unknown): string[] => ((links ?? []) as SignatureData[]).map(link => link.task)

describe('a chord', () => {
  it('[K-29] is a header that carries its body, which gets the ordered list of results', async () => {
    const handle = await chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum()).delay()
    const [opened] = recorder.chords
    expect(recorder.log).toEqual(['open', 'send 2'])
    expect(opened).toEqual({
      groupId: opened?.groupId,
      size: 2,
      body: { ...tasks.sum().data, options: { task_id: handle.id, group_id: opened?.groupId } }
    })
    expect(recorder.sends.map(({ args, options }) => [args, options.group_id, options.group_index])).toEqual([
      [[1, 1], opened?.groupId, 0],
      [[2, 2], opened?.groupId, 1]
    ])
    for (const { options } of recorder.sends) expect(options.chord).toEqual(opened?.body)
    const plan = chordBody(opened?.body as SignatureData, [2, 4], context())
    expect(plan.sends).toEqual([
      {
        task: 't.sum',
        args: [[2, 4]],
        kwargs: {},
        options: { task_id: handle.id, group_id: opened?.groupId, root_id: 'root', parent_id: 'up' }
      }
    ])
    expect(handle.asTuple()).toEqual([
      [handle.id, [[opened?.groupId, null], recorder.sends.map(({ options }) => [[options.task_id, null], null])]],
      null
    ])
  })

  it('hands on results that are encoded, unread', () => {
    const results = new EncodedJson('[not json')
    expect(chordBody(tasks.sum().data, results, context()).sends[0]?.args[0]).toBe(results)
  })

  it('sends nothing where the result store cannot join', async () => {
    recorder.joins = false
    await expect(chord([tasks.add(1, 1)], tasks.sum()).delay()).rejects.toThrow('cannot join chords')
    expect(recorder.batches).toEqual([])
  })

  it('[K-30] without a header runs its body with an empty list', async () => {
    const handle = await chord([], signature<[unknown[]], unknown>('t.sum')).bind(recorder).applyAsync()
    expect(recorder.chords).toEqual([])
    expect(recorder.sends).toMatchObject([{ task: 't.sum', args: [[]], options: { task_id: handle.id } }])
    const plan = nextInChain(
      chain([tasks.add(1, 1), chord([], tasks.sum() as never)]).freeze().signature.kwargs['tasks'] as SignatureData[],
      1,
      context()
    )
    expect(plan.sends).toMatchObject([{ task: 't.sum', args: [[]] }])
  })

  it('[K-31] runs an immutable body without results', async () => {
    await chord([tasks.add(1, 1)], tasks.text(5).setImmutable()).delay()
    const body = recorder.chords[0]?.body as SignatureData
    expect(body.immutable).toBe(true)
    expect(chordBody(body, [2], context()).sends[0]?.args).toEqual([5])
  })

  it('[K-34] links its body; errbacks its body, and its header where that is set', async () => {
    const bad = signature('t.bad')
    const plain = chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum())
    const linked = plain.link(tasks.text()).linkError(bad)
    await linked.delay()
    expect(names(recorder.chords[0]?.body.options.link)).toEqual(['t.text'])
    expect(names(recorder.chords[0]?.body.options.link_error)).toEqual(['t.bad'])
    expect(recorder.sends.map(({ options }) => [options.link, options.link_error])).toEqual([
      [undefined, undefined],
      [undefined, undefined]
    ])
    await plain.applyAsync([], { link: tasks.text(), linkError: bad })
    expect([recorder.chords[1]?.body.options.link, recorder.chords[1]?.body.options.link_error].map(names)).toEqual([
      ['t.text'],
      ['t.bad']
    ])
    recorder.errorCallbacksOnChordHeader = true
    await plain.linkError(bad).delay()
    expect(recorder.sends.slice(4).map(({ options }) => options.link_error)).toEqual([
      [{ ...bad.data, immutable: true }],
      [{ ...bad.data, immutable: true }]
    ])
    expect(names(recorder.chords[2]?.body.options.link_error)).toEqual(['t.bad'])
  })

  it('[K-37] counts chords, chains and groups in its header by the tasks that end them', async () => {
    const inner = chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum())
    const header = [
      tasks.add(1, 1),
      chain(tasks.add(1, 1), tasks.add(2)),
      group(tasks.add(3, 3), tasks.add(4, 4)),
      inner,
      chain(tasks.add(1, 1), group(tasks.add(5), tasks.add(6))),
      chain(tasks.add(1, 1), group([]))
    ]
    await chord(header as never[], signature<[never[]], unknown>('t.all'))
      .bind(recorder)
      .applyAsync()
    const [outer, nested] = recorder.chords
    expect([outer?.size, nested?.size]).toEqual([8, 2])
    expect(nested?.body.options).toMatchObject({ group_id: outer?.groupId, group_index: 4, chord: outer?.body })
    expect(recorder.saved.map(({ groupId }) => groupId)).toEqual([outer?.groupId])
    expect(recorder.batches).toHaveLength(1)
  })

  it('[K-38] is followed by a task, has a header of one, stands in a group, ends in a group', async () => {
    const two = chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum())
    await two.pipe(tasks.text()).delay()
    expect(recorder.chords[0]?.body).toMatchObject({
      task: 'celery.chain',
      kwargs: { tasks: [{ task: 't.sum' }, { task: 't.text' }] }
    })
    await chord([tasks.add(1, 1)], tasks.sum()).delay()
    expect(recorder.chords[1]?.size).toBe(1)
    const grouped = await group(two, tasks.add(3, 3)).delay()
    expect(recorder.chords[2]?.body.options).toMatchObject({ group_id: grouped.id, group_index: 0 })
    expect(recorder.chords[2]?.body.options.chord).toBeUndefined()
    expect(recorder.sends.at(-1)?.options).toMatchObject({ group_id: grouped.id, group_index: 1 })
    const ended = chord([tasks.add(1, 1), tasks.add(2, 2)], group(tasks.text(), tasks.text()) as never)
    const handle = await ended.delay()
    const body = recorder.chords[3]?.body as SignatureData
    const plan = chordBody(body, [2, 4], context())
    expect(plan.sends.map(({ task, args, options }) => [task, args, options.group_index])).toEqual([
      ['t.text', [[2, 4]], 0],
      ['t.text', [[2, 4]], 1]
    ])
    expect(plan.results[0]?.[0][0]).toBe(handle.id)
  })

  it('gives a chord body that is a group its followers through another chord', async () => {
    const ended = chord([tasks.add(1, 1)], group(tasks.text(), tasks.text()) as never)
    await chain([tasks.add(0, 0), ended, signature('t.join')])
      .bind(recorder)
      .applyAsync()
    const plan = nextInChain(recorder.sends[0]?.options.chain ?? [], 0, context())
    const next = chordBody(plan.chords[0]?.body as SignatureData, [2], context())
    expect(next.chords).toMatchObject([{ size: 2, body: { task: 't.join' } }])
    expect(next.sends.map(({ task }) => task)).toEqual(['t.text', 't.text'])
  })

  it('runs as its header where its body is nothing', async () => {
    const handle = await chord([tasks.add(1, 1)], chain([]) as never)
      .bind(recorder)
      .applyAsync()
    expect(recorder.chords).toEqual([])
    expect(recorder.sends).toHaveLength(1)
    expect(handle.asTuple()[1]).toHaveLength(1)
  })

  it('delays its header, not its body', async () => {
    await chord([tasks.add(1, 1)], tasks.sum()).applyAsync([], {
      countdown: 5,
      taskId: 'mine',
      parentId: 'p',
      rootId: 'r'
    })
    const [send] = recorder.sends
    expect(send?.options).toMatchObject({ countdown: 5 })
    expect(recorder.chords[0]?.body.options).toEqual({
      task_id: 'mine',
      group_id: recorder.chords[0]?.groupId,
      root_id: 'r'
    })
  })
})
