import { describe, expect, it } from '@jest/globals'
import {
  chordBody,
  compile,
  type FollowUpContext,
  fromJSON,
  joinPlans,
  nextInChain,
  type Plan,
  resultOf,
  type Signature,
  type TaskSend
} from '@umbel/canvas'
import type { ResultTuple, SignatureData } from '@umbel/protocol'
import * as fc from 'fast-check'
import { canvases } from './canvases.js'
import { Recorder } from './recorder.js'

const clone = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A fleet in one loop: runs what a plan sends, and what that sets off, until nothing is left. */
class Fleet {
  readonly #ids = new Recorder()
  /** Task id → how often it ran. */
  readonly runs = new Map<string, number>()
  readonly values = new Map<string, string>()
  readonly #joins = new Map<
    string,
    { readonly size: number; readonly body: SignatureData; readonly parts: [number, string][] }
  >()

  apply(data: SignatureData): ResultTuple | undefined {
    const plan = compile(data, this.#ids)
    this.#run(plan)
    return plan.results[0]
  }

  /** Everything passes through JSON, as between machines. */
  #run(plan: Plan): void {
    for (const { groupId, size, body } of plan.chords)
      this.#joins.set(groupId, { size, body: clone(body) as SignatureData, parts: [] })
    const queue = clone(plan.sends) as TaskSend[]
    for (const send of queue) this.#run(this.#execute(send))
  }

  #execute(send: TaskSend): Plan {
    const { task, args, options } = send
    const { task_id: id, chain = [] } = options
    const value = `${task}(${args.map(String).join()})`
    this.runs.set(id, (this.runs.get(id) ?? 0) + 1)
    this.values.set(id, value)
    const context = { rootId: 'root', parentId: id, newId: () => this.#ids.newId() }
    const next = nextInChain(chain, value, context)
    return options.chord === undefined ? next : joinPlans([next, this.#join(send, value, context)])
  }

  #join({ options }: TaskSend, value: string, context: FollowUpContext): Plan {
    const { group_id: groupId = '', group_index: index = 0, chord } = options
    const join = this.#joins.get(groupId)
    if (join === undefined) throw new Error(`chord ${groupId} was not opened`)
    expect(chord).toEqual(join.body)
    join.parts.push([index, value])
    if (join.parts.length > join.size)
      throw new Error(`chord ${groupId} has ${join.parts.length} parts of ${join.size}`)
    if (join.parts.length < join.size) return joinPlans([])
    const values = join.parts.toSorted(([left], [right]) => left - right).map(([, value]) => value)
    return chordBody(join.body, values, context)
  }

  /** The value of a result tree: a list where it is a group's. */
  valueOf([[id], children]: ResultTuple): unknown {
    return children === null ? this.values.get(id) : children.map(child => this.valueOf(child))
  }

  get openJoins(): number {
    return [...this.#joins.values()].filter(({ size, parts }) => parts.length < size).length
  }
}

function idsOf([[id, parent], children]: ResultTuple): readonly string[] {
  return [...(children === null ? [id] : children.flatMap(idsOf)), ...(parent === null ? [] : idsOf(parent))]
}

/** Values of groups inside groups are flattened on the way; compare what is in them, in order. */
function flat(value: unknown): string {
  return String(Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : value)
}

describe('any nesting of chains, groups and chords', () => {
  it('[K-53] survives JSON, and another program makes the same messages of it', () => {
    fc.assert(
      fc.property(canvases(), (canvas: Signature) => {
        const read = fromJSON(clone(canvas))
        expect(read.data).toEqual(canvas.data)
        expect(compile(read.data, new Recorder())).toEqual(compile(canvas.data, new Recorder()))
        const frozen = canvas.freeze().signature
        const there = new Fleet().apply(clone(frozen) as SignatureData)
        if (there !== undefined) expect(there).toEqual(resultOf(frozen.data))
      }),
      { numRuns: 300 }
    )
  })

  it('is frozen once: freezing again changes nothing', () => {
    fc.assert(
      fc.property(canvases(), (canvas: Signature) => {
        const once = canvas.bind(new Recorder()).freeze().signature
        expect(once.freeze().signature.data).toEqual(once.data)
        expect(fromJSON(clone(once)).freeze().signature.data).toEqual(once.data)
      }),
      { numRuns: 300 }
    )
  })

  it('runs every task of its result once, completes every chord, and gives what it gives in one process', async () => {
    await fc.assert(
      fc.asyncProperty(canvases(), async (canvas: Signature) => {
        const fleet = new Fleet()
        const result = fleet.apply(clone(canvas) as SignatureData)
        expect([...fleet.runs.values()].every(count => count === 1)).toBe(true)
        expect(fleet.openJoins).toBe(0)
        if (result === undefined) return
        for (const id of idsOf(result)) expect(fleet.runs.get(id)).toBe(1)
        const port = new Recorder()
        for (const name of ['t.a', 't.b', 't.c', 't.d'])
          port.local.set(name, (...args: unknown[]) => `${name}(${args.map(String).join()})`)
        expect(flat(fleet.valueOf(result))).toBe(flat(await canvas.bind(port).call()))
      }),
      { numRuns: 500 }
    )
  })
})

describe('a group as Celery hands it on, when it was the body of a chord', () => {
  it('counts its members under its own id where a step follows, whatever group they were left in', () => {
    const member = (name: string, index: number): SignatureData => ({
      task: name,
      args: [],
      kwargs: {},
      options: { task_id: `${name} id`, group_id: 'of the chord before', group_index: index },
      subtask_type: null,
      immutable: false
    })
    const step = { ...member('t.c', 0), options: { task_id: 't.c id' } }
    const body = {
      task: 'celery.group',
      args: [],
      kwargs: { tasks: [member('t.a', 0), member('t.b', 1)] },
      options: { task_id: 'own', chain: [step] },
      subtask_type: 'group',
      immutable: false
    }
    const { chords, sends } = compile(body, new Recorder())
    expect(chords).toEqual([expect.objectContaining({ groupId: 'own', size: 2 })])
    expect(sends.map(({ options }) => [options.group_id, options.group_index, options.chord?.task])).toEqual([
      ['own', 0, 't.c'],
      ['own', 1, 't.c']
    ])
  })
})
