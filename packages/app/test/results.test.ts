import { afterEach, describe, expect, it } from '@jest/globals'
import { createResultMeta } from '@umbel/backend'
import { createMemory } from '@umbel/memory'
import { createPending } from '@umbel/canvas'
import { type ResultMeta, taskTuple, TimeoutError } from '@umbel/protocol'
import type { AsyncResult, GroupResult, Umbel } from '../src/index.js'
import { runInTask } from './in-task.js'
import { createApp, fail, put, rejection, store, succeed } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

const groupOf = (app: Umbel, ids: readonly string[], groupId = 'g'): GroupResult<number> =>
  app.resultFromTuple([[groupId, null], ids.map(id => taskTuple(id))]) as GroupResult<number>

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('AsyncResult', () => {
  it('[R-01] is an id that can be compared, keyed and written as JSON', () => {
    const app = make()
    const result = app.asyncResult('abc')
    expect(result.equals(app.asyncResult('abc'))).toBe(true)
    expect([result.equals('abc'), result.equals('x')]).toEqual([true, false])
    expect(new Map([[String(result), 1]]).get('abc')).toBe(1)
    expect(JSON.stringify({ result })).toBe('{"result":[["abc",null],null]}')
  })

  it('[R-02][R-04] finds a result by its id alone, and tells how it stands', async () => {
    const app = make()
    await succeed(app, 'ok', 4)
    await fail(app, 'bad', new TypeError('no'))
    const standing = async (id: string): Promise<boolean[]> => {
      const result = app.asyncResult(id)
      return [await result.ready(), await result.successful(), await result.failed()]
    }
    expect(await app.asyncResult<number>('ok').get({ timeout: 1 })).toBe(4)
    expect(await standing('ok')).toEqual([true, true, false])
    expect(await standing('bad')).toEqual([true, false, true])
    expect(await standing('unknown')).toEqual([false, false, false])
  })

  it('[R-03] has id, state, result, traceback and date', async () => {
    const app = make()
    await fail(app, 'bad', new RangeError('too far'))
    const result = app.asyncResult('bad')
    expect([result.id, result.taskId, await result.state()]).toEqual(['bad', 'bad', 'FAILURE'])
    expect(await result.result()).toMatchObject({ message: 'too far' })
    expect(await result.traceback()).toBe('at bad')
    expect(await result.dateDone()).toBeInstanceOf(Date)
    expect(await app.asyncResult('none').dateDone()).toBeUndefined()
  })

  it('waits, tells of messages, intervals and values, and ends at its timeout', async () => {
    const app = make()
    const heard: unknown[] = []
    let beats = 0
    const value = await app.asyncResult<number>('late').get({
      interval: 0.001,
      callback: (id, got) => heard.push([id, got]),
      onMessage: meta => heard.push(meta.status),
      onInterval: () => {
        beats++
        if (beats === 3) void succeed(app, 'late', 9)
      }
    })
    expect([value, heard]).toEqual([9, ['SUCCESS', ['late', 9]]])
    expect(beats).toBeGreaterThanOrEqual(3)
    const stopped = app.asyncResult('never').get({
      interval: 0.001,
      onInterval: () => {
        throw new Error('enough')
      }
    })
    expect((await rejection(stopped)).message).toBe('enough')
    expect(
      (await rejection(app.asyncResult('never').get({ signal: AbortSignal.abort(new Error('left')) }))).message
    ).toBe('left')
  })

  it('[R-06] hands the error back where it shall not throw', async () => {
    const app = make()
    await fail(app, 'bad', new TypeError('no'))
    expect(await app.asyncResult('bad').get({ propagate: false })).toMatchObject({ name: 'TypeError', message: 'no' })
    expect((await rejection(app.asyncResult('bad').get())).message).toBe('no')
  })

  it('[R-07] says after its timeout which task, how long, and where it looked', async () => {
    const app = make()
    const error = await rejection(app.asyncResult('lost').get({ timeout: 0.01 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toMatch(/task lost after 0\.01 s \(broker memory:\/\/, results memory:\/\/\)/)
  })

  it('[R-08] makes an error of its class again where it is known, else one like it; the cause in traceback', async () => {
    const app = make()
    class Rare extends Error {}
    await fail(app, 'known', new RangeError('far'))
    await store(app, {
      ...createResultMeta(
        'FAILURE',
        { result: { exc_type: 'Odd', exc_message: ['x', 1], exc_module: 'mod' } },
        { taskId: 'rare', now: 0 }
      ),
      traceback: 'Traceback …'
    })
    const known = await rejection(app.asyncResult('known').get())
    expect([known.constructor.name, known.name]).toEqual(['RangeError', 'RangeError'])
    const rare = await rejection(app.asyncResult('rare').get())
    expect(rare).toMatchObject({ name: 'Odd', traceback: 'Traceback …' })
    expect(rare).not.toBeInstanceOf(Rare)
  })

  it('[R-09] fails as soon as a step before it has failed, unless parents are not followed', async () => {
    const app = make()
    const last = app.resultFromTuple([['c', [['b', [['a', null], null]], null]], null]) as AsyncResult
    const waiting = rejection(last.get({ timeout: 5 }))
    await fail(app, 'a', new TypeError('first step'))
    expect((await waiting).message).toBe('first step')
    expect(await last.state()).toBe('PENDING')
    const alone = await rejection(last.get({ timeout: 0.01, followParents: false }))
    expect(alone).toBeInstanceOf(TimeoutError)
    await succeed(app, 'c', 3)
    expect(await last.get({ followParents: false })).toBe(3)
  })

  it('finds the result of a step for one waiter while another waits for the end', async () => {
    const app = make()
    const last = app.resultFromTuple([['b', [['a', null], null]], null]) as AsyncResult
    const end = last.get({ timeout: 5 })
    await succeed(app, 'a', 1)
    expect(await last.parent?.get({ timeout: 1 })).toBe(1)
    await succeed(app, 'b', 2)
    expect(await end).toBe(2)
  })

  it('[R-10] is used with promises: then and catch', async () => {
    const app = make()
    await succeed(app, 'ok', 1)
    await fail(app, 'bad', new Error('no'))
    const told: unknown[] = []
    const onError = (error: unknown): number => told.push((error as Error).message)
    await app
      .asyncResult('ok')
      .get()
      .then(value => told.push(value), onError)
    await app
      .asyncResult('bad')
      .get()
      .then(value => told.push(value), onError)
    expect(told).toEqual([1, 'no'])
  })

  it('[R-11] forgets what is stored, that of its parents too', async () => {
    const app = make()
    for (const id of ['a', 'b']) await succeed(app, id, id)
    const last = app.resultFromTuple([['b', [['a', null], null]], null]) as AsyncResult
    expect(await last.get()).toBe('b')
    await last.forget()
    expect([await last.state(), await app.asyncResult('a').state()]).toEqual(['PENDING', 'PENDING'])
  })

  it('[R-13][R-14] walks the tree of tasks that were sent, as values and as a graph', async () => {
    const app = make()
    await tree(app)
    const root = app.asyncResult<string>('root')
    expect((await root.children()).map(child => child.id)).toEqual(['left', 'g'])
    expect((await listed(root.iterdeps())).map(([from, to]) => [from?.id, to.id])).toEqual([
      [undefined, 'root'],
      ['root', 'left'],
      ['root', 'g'],
      ['g', 'm1'],
      ['g', 'm2']
    ])
    expect((await listed(root.collect())).map(([handle, value]) => [handle.id, value])).toEqual([
      ['root', 'root!'],
      ['left', 'left!'],
      ['g', ['m1!', 'm2!']],
      ['m1', 'm1!'],
      ['m2', 'm2!']
    ])
    expect(await root.getLeaf()).toBe('m2!')
    expect(root.parent).toBeUndefined()
    const graph = await root.buildGraph({ formatter: handle => handle.id.toUpperCase() })
    expect(graph.edges).toHaveLength(4)
    expect(graph.toDot()).toContain('"ROOT" -> "LEFT";')
    await app.asyncResult('left').forget()
    expect(await rejection(root.buildGraph())).toMatchObject({ name: 'IncompleteStream' })
    expect((await root.buildGraph({ intermediate: true })).nodes).toHaveLength(5)
    expect((await rejection(listed(root.collect()))).name).toBe('IncompleteStream')
  })

  it('[K-52] gives the graph of who sent whom', async () => {
    const app = make()
    await tree(app)
    const graph = await app.asyncResult('root').graph
    expect([...graph].map(({ id }) => id)).toEqual(['root', 'left', 'g', 'm1', 'm2'])
    expect(graph.topsort().map(({ id }) => id)).toEqual(['left', 'm1', 'm2', 'g', 'root'])
    expect(graph.toDot()).toContain('"g" -> "m2";')
    expect(graph.dependenciesOf(app.asyncResult('root')).map(({ id }) => id)).toEqual(['left', 'g'])
  })

  it('[R-15] throws the error of a failed task on request', async () => {
    const app = make()
    await fail(app, 'bad', new TypeError('no'))
    await succeed(app, 'ok', 1)
    expect((await rejection(app.asyncResult('bad').maybeThrow())).message).toBe('no')
    await app.asyncResult('bad').maybeThrow({ propagate: false })
    await app.asyncResult('ok').maybeThrow()
    await app.asyncResult('unknown').maybeThrow()
  })

  it('[R-16] tells what is stored from what is not known', async () => {
    const app = make()
    await put(app, 'x', { state: 'PROGRESS', result: { done: 1 } })
    expect([await app.asyncResult('x').exists(), await app.asyncResult('y').exists()]).toEqual([true, false])
  })

  it('[R-17][R-29] has everything that is stored, extended fields too', async () => {
    const app = make()
    const extended = { name: 'add', args: [1], kwargs: {}, worker: 'w@h', retries: 2, queue: 'q' }
    const context = { taskId: 'x', now: 0, groupId: 'g', parentId: 'p', children: [taskTuple('c')], extended }
    await store(app, createResultMeta('SUCCESS', { result: 1 }, context))
    const meta = await app.asyncResult('x').meta()
    expect(meta).toMatchObject({
      ...extended,
      group_id: 'g',
      parent_id: 'p',
      task_id: 'x',
      status: 'SUCCESS',
      result: 1
    })
    expect(Object.keys(meta as ResultMeta)).toEqual(expect.arrayContaining(['traceback', 'children', 'date_done']))
  })

  it('[R-18] writes its tree as tuples and lists, and reads it again', () => {
    const app = make()
    const tuple = [['c', [['b', [['a', null], null]], null]], null] as const
    const result = app.resultFromTuple(tuple) as AsyncResult
    expect(result.asTuple()).toEqual(tuple)
    expect(result.asList()).toEqual(['c', 'b', 'a'])
    expect(result.parent?.parent?.id).toBe('a')
    expect(groupOf(app, ['x', 'y']).asTuple()).toEqual([
      ['g', null],
      [
        [['x', null], null],
        [['y', null], null]
      ]
    ])
  })

  it('[R-19] gives null at once where the result is ignored', async () => {
    const app = make()
    const result = await app.sendTask('x', [], { ignoreResult: true })
    expect([result.ignored, await result.get()]).toEqual([true, null])
    expect(app.asyncResult('x').ignored).toBe(false)
  })

  it('[R-28][C-31] refuses to wait inside a task, unless it is allowed', async () => {
    const app = make()
    await succeed(app, 'other', 5)
    const run = (allowInTask: boolean): Promise<unknown> =>
      runInTask(app, () => app.asyncResult('other').get({ allowInTask }))
    expect(await run(false)).toMatchObject({ kind: 'failure', error: { name: 'WaitInTaskError' } })
    expect(await run(true)).toMatchObject({ kind: 'success', value: 5 })
  })

  it('[R-30] reads errors as type, message and module', async () => {
    const app = make()
    const result = { exc_type: 'KeyError', exc_message: ['who'], exc_module: 'builtins' }
    await store(app, createResultMeta('FAILURE', { result }, { taskId: 'py', now: 0 }))
    expect(await app.asyncResult('py').get({ propagate: false })).toMatchObject({
      excType: 'KeyError',
      excMessage: ['who'],
      excModule: 'builtins'
    })
    await fail(app, 'js', new TypeError('far'))
    expect((await app.asyncResult('js').meta())?.result).toMatchObject({ exc_type: 'TypeError', exc_message: ['far'] })
  })

  it('[R-32] lets many wait at once over one watch', async () => {
    const memory = createMemory()
    let watches = 0
    let adds = 0
    const app = make({
      transports: [memory.transport],
      backends: [
        {
          ...memory.backend,
          connect: async (url, options) => {
            const backend = await memory.backend.connect(url, options)
            const watch = backend.watch.bind(backend)
            backend.watch = async (ids, sink) => {
              watches++
              const made = await watch(ids, sink)
              return { ...made, add: more => (adds++, made.add(more)) }
            }
            return backend
          }
        }
      ]
    })
    const ids = Array.from({ length: 1000 }, (_, i) => `t${i}`)
    const waiting = Promise.all(ids.map(id => app.asyncResult(id).get({ timeout: 5 })))
    for (const id of ids.toReversed()) await succeed(app, id, id)
    expect(await waiting).toEqual(ids)
    expect([watches, adds]).toEqual([1, 1])
  })

  it('[R-34] says at once what to configure where there is no result store, and stores nothing', async () => {
    const app = make({ backend: 'disabled' })
    const started = Date.now()
    const error = await rejection((await app.sendTask('x')).get({ timeout: 60 }))
    expect(error).toMatchObject({
      name: 'ResultsDisabledError',
      message: expect.stringMatching(/no result backend is configured.*resultBackend/)
    })
    expect(Date.now() - started).toBeLessThan(5000)
    await succeed(app, 'x', 1)
    expect((await rejection(app.asyncResult('x').state())).name).toBe('ResultsDisabledError')
    const brokerOnly = createApp({ backend: undefined })
    expect((await rejection(brokerOnly.sendTask('x').get())).name).toBe('ResultsDisabledError')
    await brokerOnly.close()
  })

  it('[ST-01][ST-06] takes an unknown id for PENDING, and states of the user’s own as they are', async () => {
    const app = make()
    expect([await app.asyncResult('x').state(), await app.asyncResult('x').result()]).toEqual(['PENDING', null])
    await put(app, 'x', { state: 'UPLOADING', result: { done: 3 } })
    const result = app.asyncResult('x')
    expect([await result.state(), await result.result(), await result.ready()]).toEqual([
      'UPLOADING',
      { done: 3 },
      false
    ])
    await succeed(app, 'x', 'end')
    expect([await result.state(), await result.get()]).toEqual(['SUCCESS', 'end'])
  })

  it('[ST-02][ST-04] reads STARTED with its worker, RETRY and REVOKED with their errors', async () => {
    const app = make()
    await put(app, 's', { state: 'STARTED', result: { pid: 7, hostname: 'w@h' } })
    expect(await app.asyncResult('s').result()).toEqual({ pid: 7, hostname: 'w@h' })
    await put(app, 'r', {
      state: 'RETRY',
      result: { exc_type: 'TypeError', exc_message: ['again'], exc_module: 'builtins' }
    })
    expect(await app.asyncResult('r').result()).toMatchObject({ message: 'again' })
    expect(await app.asyncResult('r').ready()).toBe(false)
    const revoked = { exc_type: 'TaskRevokedError', exc_message: ['revoked'], exc_module: 'celery.exceptions' }
    await put(app, 'v', { state: 'REVOKED', result: revoked })
    expect(await rejection(app.asyncResult('v').get())).toMatchObject({ name: 'TaskRevokedError', message: 'revoked' })
    expect([await app.asyncResult('v').ready(), await app.asyncResult('v').failed()]).toEqual([true, false])
  })
})

describe('ResultSet and GroupResult', () => {
  it('[R-21] is a list of results that can be changed', () => {
    const app = make()
    const [a, b, c] = ['a', 'b', 'c'].map(id => app.asyncResult<number>(id)) as [
      AsyncResult<number>,
      AsyncResult<number>,
      AsyncResult<number>
    ]
    const set = app.resultSet([a])
    set.add(b)
    set.add(b)
    set.update([b, c])
    expect([set.length, set.at(-1)?.id, [...set].map(({ id }) => id)]).toEqual([3, 'c', ['a', 'b', 'c']])
    set.remove('a')
    set.discard('a')
    expect(() => set.remove(a)).toThrow(RangeError)
    expect(set.results).toEqual([b, c])
    set.clear()
    expect(set.length).toBe(0)
  })

  it('[R-22] asks all of its members', async () => {
    const app = make()
    const group = groupOf(app, ['a', 'b'])
    const standing = async (): Promise<unknown[]> => [
      await group.ready(),
      await group.successful(),
      await group.failed(),
      await group.waiting(),
      await group.completedCount(),
      await group.state()
    ]
    expect(await standing()).toEqual([false, false, false, true, 0, 'PENDING'])
    await succeed(app, 'a', 1)
    expect(await standing()).toEqual([false, false, false, true, 1, 'PENDING'])
    await group.maybeThrow()
    await fail(app, 'b', new TypeError('no'))
    expect(await standing()).toEqual([true, false, true, false, 1, 'FAILURE'])
    expect((await rejection(group.maybeThrow())).message).toBe('no')
    expect(await group.traceback()).toBe('at b')
  })

  it('[R-23] gives the values in order, by get and by join with a callback; one timeout for all', async () => {
    const app = make()
    const group = groupOf(app, ['a', 'b', 'c'])
    const got = group.get({ timeout: 5 })
    for (const [id, value] of [
      ['c', 3],
      ['a', 1],
      ['b', 2]
    ] as const)
      await succeed(app, id, value)
    expect(await got).toEqual([1, 2, 3])
    const heard: unknown[] = []
    expect(await group.join({ callback: (id, value) => heard.push([id, value]) })).toEqual([1, 2, 3])
    expect(heard).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3]
    ])
    await fail(app, 'd', new TypeError('no'))
    const mixed = groupOf(app, ['a', 'd'])
    expect((await rejection(mixed.get())).message).toBe('no')
    expect((await rejection(mixed.join())).message).toBe('no')
    expect(await mixed.join({ propagate: false })).toEqual([1, expect.objectContaining({ message: 'no' })])
    const started = Date.now()
    await rejection(
      groupOf(
        app,
        Array.from({ length: 50 }, (_, i) => `never${i}`)
      ).join({ timeout: 0.05, propagate: false })
    )
    expect(Date.now() - started).toBeLessThan(2000)
  })

  it('[R-24] streams results as they arrive, and stops waiting when the loop is left', async () => {
    const app = make()
    const group = groupOf(app, ['a', 'b', 'c', 'never'])
    const arrived: unknown[] = []
    await succeed(app, 'c', 3)
    for await (const [id, value] of group.iterNative()) {
      arrived.push([id, value])
      if (id === 'c') await succeed(app, 'a', 1)
      if (id === 'a') await succeed(app, 'b', 2)
      if (id === 'b') break
    }
    expect(arrived).toEqual([
      ['c', 3],
      ['a', 1],
      ['b', 2]
    ])
    await fail(app, 'bad', new Error('no'))
    expect((await rejection(listed(groupOf(app, ['a', 'bad']).iterNative()))).message).toBe('no')
    expect(await listed(groupOf(app, ['bad']).iterNative({ propagate: false }))).toMatchObject([
      ['bad', { message: 'no' }]
    ])
  })

  it('forgets all members, and is iterated as a plain list', async () => {
    const app = make()
    for (const id of ['a', 'b']) await succeed(app, id, id)
    const group = groupOf(app, ['a', 'b'])
    expect([...group].map(member => member.id)).toEqual(['a', 'b'])
    await group.get().then(values => expect(values).toEqual(['a', 'b']))
    await group.forget()
    expect(await group.completedCount()).toBe(0)
  })

  it('[R-26] is saved, restored by its id and deleted', async () => {
    const app = make()
    const group = groupOf(app, ['a', 'b'], 'saved')
    await group.save()
    for (const id of ['a', 'b']) await succeed(app, id, id)
    const restored = await app.restoreGroup<string>('saved')
    expect(restored?.asTuple()).toEqual(group.asTuple())
    expect([restored?.id, restored?.children.map(({ id }) => id), restored?.results.length]).toEqual([
      'saved',
      ['a', 'b'],
      2
    ])
    expect(await restored?.get()).toEqual(['a', 'b'])
    await restored?.delete()
    expect(await app.restoreGroup('saved')).toBeUndefined()
    expect(await app.asyncResult('a').get()).toBe('a')
  })

  it('gives the group of a canvas before and after it was awaited', async () => {
    const app = make()
    const add = app.task('add', (x: number, y: number) => x + y)
    const pending = app.group([add.s(1, 1), add.s(2, 2)]).delay()
    const handle = await pending
    for (const member of handle.results) await succeed(app, member.id, member.id)
    expect(await pending.get({ timeout: 5 })).toEqual(handle.results.map(({ id }) => id))
    const pendingAgain = createPending(handle, Promise.resolve())
    expect(await pendingAgain.get()).toHaveLength(2)
  })
})

/** root sent left and a group of m1, m2. */
async function tree(app: Umbel): Promise<void> {
  const done = async (id: string, children: ResultMeta['children'] = []): Promise<void> =>
    await store(app, createResultMeta('SUCCESS', { result: `${id}!` }, { taskId: id, now: 0, children }))
  await done('root', [
    taskTuple('left'),
    [
      ['g', null],
      [taskTuple('m1'), taskTuple('m2')]
    ]
  ])
  for (const id of ['left', 'm1', 'm2']) await done(id)
}
