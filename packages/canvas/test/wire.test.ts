import { beforeEach, describe, expect, it } from '@jest/globals'
import { chain, chord, chunks, group, xmap, xstarmap } from '@umbel/canvas'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  tasks = tasksOf(recorder)
})

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const task = (name: string, args: unknown[] = [], options: object = {}) => ({
  task: name,
  args,
  kwargs: {},
  options,
  subtask_type: null,
  immutable: false
})
const composite = (kind: string, kwargs: object, options: object = {}) => ({
  task: `celery.${kind}`,
  args: [],
  kwargs,
  options,
  subtask_type: kind,
  immutable: false
})

describe('JSON as Celery writes it (wire-protocol 7)', () => {
  it('of a signature, its six keys in order', () => {
    expect(JSON.stringify(tasks.add(1, 2))).toBe(
      '{"task":"t.add","args":[1,2],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}'
    )
  })

  it('of composites', () => {
    const two = [task('t.add', [1, 1]), task('t.add', [2, 2])]
    expect(json(chain(tasks.add(1, 1), tasks.text()))).toEqual(composite('chain', { tasks: [two[0], task('t.text')] }))
    expect(json(group(tasks.add(1, 1), tasks.add(2, 2)))).toEqual(composite('group', { tasks: two }))
    expect(json(chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum()))).toEqual(
      composite('chord', { kwargs: {}, header: two, body: task('t.sum') })
    )
    const about = (kind: string, kwargs: object) => ({ ...task(`celery.${kind}`), kwargs, immutable: true })
    expect(
      json(
        chunks(
          tasks.add(),
          [
            [1, 2],
            [3, 4]
          ],
          2
        )
      )
    ).toEqual(
      about('chunks', {
        task: task('t.add'),
        it: [
          [1, 2],
          [3, 4]
        ],
        n: 2
      })
    )
    expect(json(xmap(tasks.text(), [1, 2]))).toEqual(about('map', { task: task('t.text'), it: [1, 2] }))
    expect(json(xstarmap(tasks.add(), [[1, 2]]))).toEqual(about('starmap', { task: task('t.add'), it: [[1, 2]] }))
  })

  it('of a frozen group and chord: ids, and the header as a group', () => {
    const frozen = chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum()).freeze('body1').signature
    expect(json(frozen)).toEqual(
      composite(
        'chord',
        {
          kwargs: {},
          header: composite(
            'group',
            {
              tasks: [
                task('t.add', [1, 1], { task_id: 'id2', group_index: 0 }),
                task('t.add', [2, 2], { task_id: 'id3', group_index: 1 })
              ]
            },
            { task_id: 'id1' }
          ),
          body: task('t.sum', [], { task_id: 'body1' })
        },
        { task_id: 'id1' }
      )
    )
  })

  it('of chain(c1, c2, c3): the first message carries [c3, c2]', async () => {
    await chain(tasks.add(1, 1), tasks.add(2), tasks.add(3)).delay()
    expect(json(recorder.sends)).toEqual([
      {
        task: 't.add',
        args: [1, 1],
        kwargs: {},
        options: {
          task_id: 'id1',
          chain: [task('t.add', [3], { task_id: 'id3' }), task('t.add', [2], { task_id: 'id2' })]
        }
      }
    ])
  })

  it('of chain(A, group(B, B), D): a chord with a frozen header', async () => {
    await chain(tasks.add(1, 1), group(tasks.add(2), tasks.add(3)), tasks.sum()).delay()
    const [chordStep] = recorder.sends[0]?.options.chain ?? []
    expect(json(chordStep)).toEqual(
      composite(
        'chord',
        {
          kwargs: {},
          header: composite(
            'group',
            {
              tasks: [
                task('t.add', [2], { task_id: 'id3', group_index: 0 }),
                task('t.add', [3], { task_id: 'id4', group_index: 1 })
              ]
            },
            { task_id: 'id2' }
          ),
          body: task('t.sum', [], { task_id: 'id5' })
        },
        { task_id: 'id2' }
      )
    )
  })

  it('of a chord of two: the body stands in both header tasks, with its id and group (12.4)', async () => {
    recorder = Object.assign(new Recorder(), { replyTo: 'reply' })
    tasks = tasksOf(recorder)
    await chord([tasks.add(1, 1), tasks.add(2, 2)], tasks.sum()).applyAsync([], { taskId: 'body1' })
    const body = task('t.sum', [], { task_id: 'body1', reply_to: 'reply', group_id: 'id1' })
    expect(json(recorder.sends.map(({ options }) => options))).toEqual([
      { task_id: 'id2', reply_to: 'reply', group_id: 'id1', group_index: 0, chord: body },
      { task_id: 'id3', reply_to: 'reply', group_id: 'id1', group_index: 1, chord: body }
    ])
  })
})

describe('the size of messages', () => {
  const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

  /** The largest message of `count` chords of ten, one after the other. */
  async function chords(count: number): Promise<number> {
    const port = new Recorder()
    const { add, sum } = tasksOf(port)
    const header = () => group(Array.from({ length: 10 }, () => add(1)))
    const steps = Array.from({ length: count }, () => [header(), sum()]).flat()
    await chain(steps).bind(port).applyAsync([1])
    return Math.max(...port.sends.map(bytes))
  }

  async function steps(count: number): Promise<number> {
    const port = new Recorder()
    const { add } = tasksOf(port)
    await chain([add(1, 1), ...Array.from({ length: count - 1 }, () => add(1))])
      .bind(port)
      .applyAsync()
    return Math.max(...port.sends.map(bytes))
  }

  it('grows in line with the tasks of a chain', async () => {
    const hundred = await steps(100)
    expect(hundred).toBeLessThan(100 * 160)
    expect(await steps(200)).toBeLessThan(2.1 * hundred)
  })

  it('grows in line with the tasks of chords in a chain', async () => {
    const five = await chords(5)
    expect(five).toBeLessThan(55 * 200)
    expect(await chords(10)).toBeLessThan(2.3 * five)
  })
})
