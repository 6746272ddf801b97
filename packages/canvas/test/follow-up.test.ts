import { beforeEach, describe, expect, it } from '@jest/globals'
import { callbacks, chain, chord, errbacks, group, nextInChain } from '@umbel/canvas'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  tasks = tasksOf(recorder)
})

const context = () => ({ rootId: 'root', parentId: 'up', newId: () => recorder.newId() })

describe('what a task sets off', () => {
  it('one callback by itself, as child of the task', () => {
    const plan = callbacks([tasks.add(1)], 4, { ...context(), priority: 3 })
    expect(plan.sends).toEqual([
      {
        task: 't.add',
        args: [4, 1],
        kwargs: {},
        options: { task_id: 'id1', root_id: 'root', parent_id: 'up', priority: 3 }
      }
    ])
    expect(plan.results).toEqual([[['id1', null], null]])
    expect(callbacks([], 4, context())).toMatchObject({ sends: [], results: [] })
  })

  it('[K-43] takes tasks, chains, chords and groups as callbacks and errbacks, groups by themselves', () => {
    const links = [
      tasks.add(1),
      group(tasks.add(2), tasks.add(3)),
      chain(tasks.add(4), tasks.text()),
      chord([tasks.add(5), tasks.add(6)], tasks.sum())
    ]
    for (const plan of [callbacks(links, 9, context()), errbacks(links, 'failed', context())]) {
      const [own, others] = plan.results
      expect(plan.results).toHaveLength(2)
      expect(plan.sends.map(({ args }) => args.at(-1))).toEqual([2, 3, 1, 4, 5, 6])
      expect(plan.sends.map(({ args }) => args[0])).toEqual(Array.from({ length: 6 }, () => plan.sends[0]?.args[0]))
      expect(plan.sends.slice(0, 2).map(({ options }) => options.group_id)).toEqual([own?.[0][0], own?.[0][0]])
      expect(plan.sends[2]?.options.group_id).toBe(others?.[0][0])
      expect(plan.chords).toMatchObject([{ size: 2, body: { task: 't.sum', options: { group_id: others?.[0][0] } } }])
      expect(plan.sends.every(({ options }) => options.root_id === 'root' && options.parent_id === 'up')).toBe(true)
    }
  })

  it('an errback gets the id of the failed task, in a group of its own', () => {
    const plan = errbacks([tasks.text()], 'failed', {
      rootId: 'root',
      parentId: 'failed',
      newId: () => recorder.newId()
    })
    expect(plan.sends).toMatchObject([
      { task: 't.text', args: ['failed'], options: { root_id: 'root', parent_id: 'failed', group_id: 'id1' } }
    ])
  })

  it('leaves an immutable step alone and keeps the ids that were fixed', () => {
    const { signature } = chain(tasks.add(1, 1), tasks.text(7).setImmutable()).freeze('last')
    const [, step] = signature.kwargs['tasks'] as never[]
    expect(nextInChain([step as never], 2, context()).sends).toMatchObject([
      { args: [7], options: { task_id: 'last' } }
    ])
  })

  it('a chain of another program may hold a group before its next step', () => {
    const next = tasks.sum().set({ taskId: 'sum' }).data
    const plan = nextInChain([next, group(tasks.add(1), tasks.add(2)).data], 5, context())
    expect(plan.chords).toMatchObject([{ size: 2, body: { task: 't.sum', options: { task_id: 'sum' } } }])
    expect(plan.sends.map(({ args }) => args)).toEqual([
      [5, 1],
      [5, 2]
    ])
    expect(plan.sends.every(({ options }) => options.chain === undefined)).toBe(true)
  })

  it('runs unfrozen chunks of another program as their tasks, frozen ones as one', () => {
    const open = {
      task: 'celery.chunks',
      kwargs: {
        task: tasks.add().data,
        it: [
          [1, 2],
          [3, 4]
        ],
        n: 1
      },
      immutable: true
    }
    expect(nextInChain([open as never], 0, context()).sends.map(({ task }) => task)).toEqual([
      'celery.starmap',
      'celery.starmap'
    ])
    const frozen = { ...open, options: { task_id: 'mine' } }
    expect(nextInChain([frozen as never], 0, context()).sends).toMatchObject([
      { task: 'celery.chunks', args: [], options: { task_id: 'mine' } }
    ])
  })
})
