import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  fromJSON,
  group,
  InvalidSignatureError,
  partial,
  SendError,
  Signature,
  signature,
  UnboundSignatureError
} from '@umbel/canvas'
import { Recorder } from './recorder.js'
import { type Tasks, tasksOf } from './tasks.js'

let recorder: Recorder
let tasks: Tasks
beforeEach(() => {
  recorder = new Recorder()
  recorder.local.set('t.add', (x: number, y: number) => x + y)
  tasks = tasksOf(recorder)
})

afterEach(() => {
  jest.restoreAllMocks()
})

describe('a signature', () => {
  it('[K-01] is made by name or from another, with arguments, keywords and options', () => {
    const made = signature('t.add', [2], { kwargs: { y: 2 }, countdown: 10, queue: 'lopri' })
    expect(made.data).toEqual({
      task: 't.add',
      args: [2],
      kwargs: { y: 2 },
      options: { countdown: 10, queue: 'lopri' },
      subtask_type: null,
      immutable: false
    })
    expect(signature(made, [1]).args).toEqual([1, 2])
    expect(signature(made.data).data).toEqual(made.data)
    expect(tasks.add(2, 2).args).toEqual([2, 2])
    expect([made.task, made.name, made.id, made.set({ taskId: 'a' }).id]).toEqual(['t.add', 't.add', undefined, 'a'])
  })

  it('[K-02] takes options only when it is immutable', async () => {
    const hard = signature('t.add', [1, 1], { immutable: true })
    const cloned = hard.clone([5], { z: 1 }, { queue: 'q' })
    expect(cloned.data).toMatchObject({ args: [1, 1], kwargs: {}, options: { queue: 'q' }, immutable: true })
    expect(tasks.add(1, 1).setImmutable().clone([9]).args).toEqual([1, 1])
    await hard.bind(recorder).applyAsync([7])
    expect(recorder.sends[0]?.args).toEqual([1, 1])
    expect(hard.setImmutable(false).clone([5]).args).toEqual([5, 1, 1])
  })

  it('[K-03] is plain data with six keys, and chord_size where it came with one', () => {
    const json: unknown = JSON.parse(JSON.stringify(tasks.add(1, 2)))
    expect(json).toEqual({ task: 't.add', args: [1, 2], kwargs: {}, options: {}, subtask_type: null, immutable: false })
    const old = { task: 't', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: true, chord_size: 3 }
    expect(fromJSON(old).toJSON()).toEqual(old)
  })

  it('[K-04] puts new arguments in front; keywords and options override', async () => {
    const given = signature('t', [3], { kwargs: { a: 1, b: 1 }, queue: 'one', priority: 1 })
    const cloned = given.clone([1, 2], { b: 2 }, { queue: 'two' })
    expect(cloned.data).toMatchObject({
      args: [1, 2, 3],
      kwargs: { a: 1, b: 2 },
      options: { queue: 'two', priority: 1 }
    })
    expect(given.args).toEqual([3])
    expect(partial(tasks.add(8), 4).args).toEqual([4, 8])
    await tasks.add(8).applyAsync([1], { kwargs: { z: 1 }, queue: 'three' })
    expect(recorder.sends[0]).toMatchObject({ args: [1, 8], kwargs: { z: 1 }, options: { queue: 'three' } })
  })

  it('[K-05] is cloned, replaced, set and made immutable without changing', () => {
    const first = signature('t', [1], { kwargs: { a: 1 }, queue: 'q' })
    expect(first.clone()).not.toBe(first)
    expect(first.clone().data).toEqual(first.data)
    expect(first.replace([2]).data).toMatchObject({ args: [2], kwargs: { a: 1 }, options: { queue: 'q' } })
    expect(first.replace(undefined, {}, { priority: 3 }).data).toMatchObject({
      args: [1],
      kwargs: {},
      options: { priority: 3 }
    })
    expect(first.replace(undefined, {}, { priority: 3 }).options).toEqual({ priority: 3 })
    expect(first.set({ countdown: 1 }).set({ expires: 30 }).options).toEqual({ queue: 'q', countdown: 1, expires: 30 })
    expect(first.set({ immutable: true }).immutable).toBe(true)
    expect(first.setImmutable().setImmutable(false).immutable).toBe(false)
    expect(first.data).toMatchObject({ args: [1], options: { queue: 'q' }, immutable: false })
    expect(() => Object.assign(first.data, { task: 'other' })).toThrow(TypeError)
  })

  it('[K-06] is frozen with its ids, group, root and parent, and gives the future result', () => {
    const frozen = tasks.add(1, 2).freeze('mine')
    expect(frozen.id).toBe('mine')
    expect(frozen.signature.id).toBe('mine')
    expect(frozen.result).toEqual([['mine', null], null])
    expect(frozen.handle?.id).toBe('mine')
    expect(frozen.signature.freeze('other').id).toBe('mine')
    expect(signature('t').freeze().id).toMatch(/^[0-9a-f-]{36}$/)
    const placed = tasks
      .add(1, 2)
      .set({ rootId: 'root', parentId: 'up', groupId: 'g', groupIndex: 2, replyTo: 'here' })
      .freeze()
    expect(placed.signature.options).toMatchObject({
      root_id: 'root',
      parent_id: 'up',
      group_id: 'g',
      group_index: 2,
      reply_to: 'here'
    })
  })

  it('[K-07] runs in this process, or is sent with delay and applyAsync', async () => {
    expect(await tasks.add(2, 2).call()).toBe(4)
    expect(await tasks.add(2).call(3)).toBe(5)
    const eager = await tasks.add(2, 2).apply()
    expect([await eager.get(), await eager.state(), await eager.ready()]).toEqual([4, 'SUCCESS', true])
    expect(recorder.sends).toEqual([])
    const pending = tasks.add(2).delay(3)
    expect(await pending.get()).toBe(`result of ${pending.id}`)
    const handle = await tasks.add(2, 2).applyAsync([], { taskId: 'mine', countdown: 10 })
    expect(handle.id).toBe('mine')
    expect(recorder.sends).toEqual([
      { task: 't.add', args: [3, 2], kwargs: {}, options: { task_id: pending.id } },
      { task: 't.add', args: [2, 2], kwargs: {}, options: { task_id: 'mine', countdown: 10 } }
    ])
  })

  it('tells a local failure by its handle', async () => {
    recorder.local.set('t.add', () => {
      throw new RangeError('too much')
    })
    const failed = await tasks.add(2, 2).apply()
    expect([await failed.failed(), await failed.state()]).toEqual([true, 'FAILURE'])
    await expect(failed.get()).rejects.toThrow('too much')
    expect(await failed.get({ propagate: false })).toBeInstanceOf(RangeError)
    await expect(tasks.add(2, 2).call()).rejects.toThrow('too much')
  })

  it('[K-08] links callbacks and errbacks, once each, and lists what it links', async () => {
    const callback = tasks.add(16)
    const errback = signature('t.failed')
    const linked = tasks
      .add(2, 2)
      .link(callback.link(tasks.text()))
      .link(callback.link(tasks.text()))
      .linkError(errback)
    expect(linked.options.link).toEqual([callback.link(tasks.text()).data])
    expect(linked.onError(errback).options.link_error).toEqual([errback.data])
    expect(linked.flattenLinks().map(String)).toEqual(['t.add(2, 2)', 't.add(16)', 't.text()'])
    const single = fromJSON({ task: 't', options: { link: callback.data } }).link(tasks.text() as Signature)
    expect(single.options.link).toHaveLength(2)
    await linked.delay()
    expect(recorder.sends[0]?.options).toMatchObject({ link: linked.options.link, link_error: [errback.data] })
  })

  it('[K-09] pipes to a chain, is published and waited for', async () => {
    let piped: Signature<readonly [], unknown> = tasks.add(4, 4).pipe(tasks.add(8))
    expect(piped.data).toMatchObject({ task: 'celery.chain', subtask_type: 'chain' })
    piped = tasks.add(4, 4).pipe(tasks.add(8)).pipe(tasks.text())
    expect(String(piped)).toBe('t.add(4, 4) | t.add(8) | t.text()')
    const value = await piped.delay().get()
    expect(value).toMatch(/^result of /)
    expect(recorder.sends).toHaveLength(1)
  })

  it('[K-10] is read from JSON at any depth, with types of the user registered', () => {
    const chord = {
      task: 'celery.chord',
      args: [],
      kwargs: {
        header: {
          task: 'celery.group',
          kwargs: { tasks: [{ task: 'a' }, { task: 'b', args: [1] }] },
          subtask_type: 'group'
        },
        body: {
          task: 'celery.chain',
          kwargs: { tasks: [{ task: 'c' }, { task: 'd', options: { link: { task: 'e' } } }] }
        }
      },
      subtask_type: 'chord'
    }
    const read = fromJSON({ task: 'celery.chain', kwargs: { tasks: [{ task: 'x' }, chord] }, options: {} })
    expect(JSON.stringify(read)).toContain(
      '"task":"e","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false'
    )
    expect(String(read)).toBe('x() | %c([a(), b(1)]) | d()')
    class Mine extends Signature {}
    const types = { mine: (data: Signature['data']) => new Mine(data) }
    expect(fromJSON({ task: 'm', subtask_type: 'mine' }, { types })).toBeInstanceOf(Mine)
    expect(fromJSON({ task: 'm', subtask_type: 'toString' }, { types })).not.toBeInstanceOf(Mine)
  })

  it.each([
    [undefined, /^signature should be an object/],
    [{ args: [] }, /^signature\.task should be the name of a task, but is undefined/],
    [{ task: 't', args: 'ab' }, /^signature\.args should be a list, but is "ab"/],
    [
      { task: 'celery.chain', kwargs: { tasks: [{ task: 't' }, 5] } },
      /^signature\.kwargs\.tasks\[1\] should be an object/
    ],
    [{ task: 'celery.chord', kwargs: { header: [] } }, /^signature\.kwargs\.body should be/],
    [{ task: 't', options: { link: [{ task: 1 }] } }, /^signature\.options\.link\[0\]\.task should be/]
  ])('refuses what is no signature, naming the path: %j', (value, message) => {
    expect(() => fromJSON(value)).toThrow(InvalidSignatureError)
    expect(() => fromJSON(value)).toThrow(message)
  })

  it('[K-12] keeps its group and its stamps against later options, immutable or not', () => {
    const hard = signature('t', [], { immutable: true }).set({ groupId: 'g' })
    expect(hard.options).toEqual({ group_id: 'g' })
    expect(hard.clone([], {}, { groupId: 'other', queue: 'q' }).options).toEqual({ group_id: 'g', queue: 'q' })
    const stamped = fromJSON({ task: 't', options: { stamped_headers: ['trace'], trace: 'one' } })
    const later = { stampedHeaders: ['other'], ...{ trace: 'two' } }
    expect(stamped.clone([], {}, later).options).toEqual({ stamped_headers: ['trace'], trace: 'one' })
    expect(signature('t', [], { immutable: true }).clone([], {}, { groupId: 'new' }).options.group_id).toBe('new')
  })

  it('shows itself as the call', () => {
    expect(String(tasks.add(2, 2))).toBe('t.add(2, 2)')
    expect(signature('t', ["it's", null, true], { kwargs: { n: [1], o: { a: 'b' } } }).toString()).toBe(
      "t('it\\'s', None, True, n=[1], o={'a': 'b'})"
    )
    expect(tasks.add(2).reprcall([1], { z: 3 })).toBe('t.add(1, 2, z=3)')
    expect(inspect(tasks.add(2, 2))).toBe('Signature<t.add(2, 2)>')
    expect(inspect([group(tasks.add(1, 1))])).toBe('[ Signature<group([t.add(1, 1)])> ]')
    expect(signature('t', ['x'.repeat(500)]).toString().length).toBeLessThan(120)
  })

  it('says how to bind it', async () => {
    const unbound = signature('tasks.add', [2, 2])
    expect(() => unbound.delay()).toThrow(UnboundSignatureError)
    expect(() => unbound.delay()).toThrow('tasks.add(2, 2) belongs to no application: bind it with sig.bind(app)')
    await unbound.bind(recorder).delay()
    await unbound.bind({ dispatcher: recorder }).delay()
    expect(recorder.sends).toHaveLength(2)
  })
})

describe('sending', () => {
  it('rejects with the error of the task', async () => {
    recorder.refused.set('t.add', new Error('no such queue'))
    await expect(tasks.add(1, 1).delay()).rejects.toThrow('no such queue')
    await expect(tasks.add(1, 1).delay().get()).rejects.toThrow('no such queue')
  })

  it('names what of a batch was not sent', async () => {
    recorder.refused.set('t.bad', new Error('too large'))
    const sent = group([signature('t.good'), signature('t.bad')])
      .bind(recorder)
      .applyAsync([])
    const error: unknown = await Promise.resolve(sent).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SendError)
    expect((error as SendError).message).toMatch(/^1 of 2 tasks were not sent; the first: t\.bad\[id\d\]: too large$/)
    expect([...(error as SendError).failures.values()]).toEqual([recorder.refused.get('t.bad')])
  })

  it('warns of a failure that nobody waits for', async () => {
    recorder.refused.set('t.add', new Error('gone'))
    const warned = new Promise<unknown>(resolve => {
      jest.spyOn(process, 'emitWarning').mockImplementationOnce(resolve)
    })
    const { id } = tasks.add(1, 1).delay()
    expect(await warned).toBe(`${id} was not sent: gone`)
  })
})
