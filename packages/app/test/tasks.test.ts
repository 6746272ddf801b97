import { afterEach, describe, expect, it } from '@jest/globals'
import { Ignore, MaxRetriesExceededError, Reject, taskTuple } from '@umbel/protocol'
import { type BoundTask, ClassTask, type TaskOptions, type Umbel } from '../src/index.js'
import { createApp, fail, rejection, succeed, takeAll, takeOne } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

describe('defining tasks', () => {
  it('[T-01] calls the body, here and now', async () => {
    const app = make()
    const add = app.task('add', (x: number, y: number) => x + y)
    const slow = app.task('slow', async (x: number) => await Promise.resolve(x * 2))
    expect(add(2, 2)).toBe(4)
    expect(await slow(3)).toBe(6)
    expect(String(add)).toBe('<Task add of proj>')
  })

  it('[T-02] takes a class with run, a base of a task’s own, and one for all tasks', async () => {
    const calls: unknown[] = []
    class Logged implements TaskOptions {
      readonly queue: string = 'logged'
      readonly maxRetries = 9
      onSuccess(task: BoundTask, result: unknown): void {
        calls.push([this.queue, task.name, result])
      }
    }
    class Special extends Logged {
      override readonly queue = 'special'
    }
    class Resize extends ClassTask {
      readonly name = 'images.resize'
      readonly softTimeLimit = 5
      run(width: number, height = 2): number {
        return width * height
      }
      onSuccess(_task: BoundTask, result: unknown): void {
        calls.push(result)
      }
    }
    const app = make({ taskCls: Logged })
    const plain = app.task('plain', { maxRetries: 1 }, () => 1)
    const own = app.task('own', { base: new Special() }, () => 2)
    const resize = app.registerTask(Resize)
    expect([plain, own, resize].map(({ definition: { settings } }) => [settings.queue, settings.maxRetries])).toEqual([
      ['logged', 1],
      ['special', 9],
      [undefined, 3]
    ])
    expect([resize.name, resize(3), resize.definition.required]).toEqual(['images.resize', 6, 1])
    await own.apply([])
    await resize.apply([3, 3])
    expect(calls).toEqual([['special', 'own', 2], 9])
  })

  it('[T-03] never registers base classes; one instance keeps its fields between calls', async () => {
    let made = 0
    abstract class Database extends ClassTask {
      readonly connection = `connection ${++made}`
      abstract run(): string
    }
    class Query extends Database {
      #calls = 0
      run(): string {
        return `${this.connection}, call ${++this.#calls}`
      }
    }
    const app = make()
    const query = app.registerTask(Query)
    expect(app.tasks.names().filter(name => !name.startsWith('celery.') && !name.startsWith('test.'))).toEqual([
      'proj.Query'
    ])
    expect([query(), await (await query.apply([])).get()]).toEqual(['connection 1, call 1', 'connection 1, call 2'])
  })

  it('[T-04] hands a bound body its task: request, retry, logger', async () => {
    const app = make()
    const seen: unknown[] = []
    const bound = app.task('bound', { bind: true }, (task, x: number) => {
      seen.push(task.name, task.request.args, typeof task.retry, typeof task.logger.info, task.signal.aborted)
      return x
    })
    expect(await (await bound.apply([7])).get()).toBe(7)
    expect(seen).toEqual(['bound', [7], 'function', 'function', false])
  })

  it('[T-05] names a task after its function, or as told; a name is used once', () => {
    const app = make()
    expect(app.task(function add() {}).name).toBe('proj.add')
    expect(app.task('explicit.name', function add() {}).name).toBe('explicit.name')
    expect(() => app.task('explicit.name', () => 1)).toThrow(
      expect.objectContaining({
        name: 'AlreadyRegistered',
        message: expect.stringContaining('task "explicit.name" is already registered (')
      })
    )
    expect(() => app.task(function add() {})).toThrow(/"proj\.add" is already registered/)
    expect(() => app.task(() => 1)).toThrow(/an anonymous function needs a name as a task: app\.task\('proj\.name'/)
    expect(() => app.task('', () => 1)).toThrow(/needs a name, got the empty string/)
  })

  it('refuses what is no task', () => {
    const app = make()
    const wrong = app.task as unknown as (...given: unknown[]) => unknown
    expect(() => wrong('x')).toThrow(/expected a function as its last argument, got string/)
    expect(() => wrong('x', 3, () => 1)).toThrow(/takes \(name\?, options\?, body\), got string, number, function/)
    expect(() => wrong('x', { maxRetrys: 3 }, () => 1)).toThrow(/no option 'maxRetrys', did you mean 'maxRetries'\?/)
    expect(() => wrong('x', { params: ['a', 'a'] }, () => 1)).toThrow(/params names 'a' twice/)
  })

  it('[T-08] checks the arguments before it publishes, in Python’s words', async () => {
    const app = make()
    const add = app.task('add', { params: ['x', 'y'] }, (x: number, y: number) => x + y)
    const loose = app.task('loose', { params: ['x'], typing: false }, (x: number) => x)
    const some = app.task('some', { params: ['x', 'y'] }, (x: number, y = 2) => x + y)
    const three = app.task('three', { params: ['a', 'b', 'c'] }, (a: number, b: number, c: number) => a + b + c)
    const bare = app.task('bare', (x: number, y: number) => x + y)
    const send = async (
      task: { readonly name: string; applyAsync: unknown },
      args: unknown[],
      kwargs = {}
    ): Promise<string> => {
      const applyAsync = task.applyAsync as (args: unknown[], options: object) => PromiseLike<unknown>
      const error = await rejection(applyAsync(args, { kwargs }))
      expect(error.name).toBe('TypeError')
      return error.message
    }
    expect(await send(add, [1])).toBe("add() missing 1 required positional argument: 'y'")
    expect(await send(add, [])).toBe("add() missing 2 required positional arguments: 'x' and 'y'")
    expect(await send(three, [])).toBe("three() missing 3 required positional arguments: 'a', 'b', and 'c'")
    expect(await send(add, [1, 2, 3])).toBe('add() takes 2 positional arguments but 3 were given')
    expect(await send(some, [1, 2, 3])).toBe('some() takes from 1 to 2 positional arguments but 3 were given')
    expect(await send(add, [1], { z: 2 })).toBe("add() got an unexpected keyword argument 'z'")
    expect(await send(add, [1], { x: 2 })).toBe("add() got multiple values for argument 'x'")
    expect(await send(bare, [1])).toBe('bare() takes 2 positional arguments but 1 was given')
    expect(await send(bare, [1], { y: 2 })).toMatch(
      /declares no parameter names: add params: \['y', …\] to its options/
    )
    await (loose.applyAsync as unknown as (args: unknown[]) => PromiseLike<unknown>)([])
    expect((await takeOne(app)).headers.task).toBe('loose')
  })

  it('sends by name without a check: a wrong call is that task’s own failure', async () => {
    const app = make()
    const add = app.task('add', { params: ['x', 'y'] }, (x: number, y: number) => x + y)
    await app.sendTask('add', [1])
    await takeOne(app)
    const result = await app.apply('add', [1], { kwargs: { z: 1 } })
    expect(await result.get({ propagate: false })).toMatchObject({
      name: 'TypeError',
      message: "add() got an unexpected keyword argument 'z'"
    })
    expect(await (await app.apply('add', [], { kwargs: { y: 1, x: 2 } })).get()).toBe(3)
    expect(add.definition.required).toBe(2)
  })

  it('refuses a soft limit above the hard one', () => {
    const app = make()
    expect(() => app.task('x', { softTimeLimit: 10, timeLimit: 5 }, () => 1)).toThrow(
      /softTimeLimit must not be greater than timeLimit, got 10 > 5/
    )
    expect(app.task('y', { softTimeLimit: 4, timeLimit: 5 }, () => 1).definition.settings).toMatchObject({
      softTimeLimit: 4,
      timeLimit: 5
    })
  })

  it('[T-17][T-19] puts its own serializer, compression, priority, expires and ignoreResult on its messages', async () => {
    const app = make({ taskDefaultPriority: 1 })
    const options = { compression: 'gzip', priority: 6, expires: 30, ignoreResult: true, serializer: 'json' }
    const task = app.task('t', options, () => 1)
    await task.delay()
    const { headers, delivery } = await takeOne(app)
    expect(headers.ignoreResult).toBe(true)
    expect(headers.expires).not.toBeNull()
    expect(delivery.message.headers['compression']).toBe('application/x-gzip')
    expect(delivery.message.properties).toMatchObject({ priority: 6, contentType: 'application/json' })
    await task.applyAsync([], { ignoreResult: false, priority: 2 })
    const own = await takeOne(app)
    expect([own.headers.ignoreResult, own.delivery.message.properties.priority]).toEqual([false, 2])
  })

  it('[T-25] shows another name for a call', async () => {
    const app = make()
    const task = app.task(
      't',
      { shadowName: (args, kwargs) => `t for ${String(args[0])} ${Object.keys(kwargs).join()}` },
      (who: string) => who
    )
    await task.delay('me')
    expect((await takeOne(app)).headers.shadow).toBe('t for me ')
    await task.applyAsync(['me'], { shadow: 'mine' })
    expect((await takeOne(app)).headers.shadow).toBe('mine')
  })

  it('[T-26] routes by its own attributes', async () => {
    const app = make()
    const attributes = {
      exchange: 'topics',
      exchangeType: 'topic',
      routingKey: 'a.b',
      queue: 'topical',
      deliveryMode: 1 as const
    }
    const task = app.task('t', attributes, () => 1)
    app.conf.update({ taskQueues: [{ name: 'topical', exchange: 'topics', exchangeType: 'topic', routingKey: 'a.#' }] })
    await task.delay()
    const { delivery } = await takeOne(app, 'topical')
    expect(delivery).toMatchObject({
      exchange: 'topics',
      routingKey: 'a.b',
      message: { properties: { deliveryMode: 1 } }
    })
  })

  it('gives the way to the result of an earlier call', () => {
    const app = make()
    expect(app.task('t', () => 1).asyncResult('abc').id).toBe('abc')
  })

  it('[T-50][SEC-17] hides arguments from logs and monitors', async () => {
    const app = make()
    const task = app.task('login', { params: ['user', 'password'] }, (user: string, _password: string) => user)
    await task.applyAsync(['me', 'secret'], { argsrepr: "('me', '***')", kwargsrepr: '<hidden>' })
    const { headers, body } = await takeOne(app)
    expect([headers.argsrepr, headers.kwargsrepr, body.args]).toEqual(["('me', '***')", '<hidden>', ['me', 'secret']])
  })
})

describe('executing tasks here', () => {
  it('[T-09][T-11] retries as often as it may, then throws what it was given or MaxRetriesExceeded', async () => {
    const app = make()
    const tries: number[] = []
    const body = (exc?: Error) => (task: BoundTask) => {
      tries.push(task.request.retries)
      return task.retry(exc === undefined ? {} : { exc })
    }
    const standard = app.task('standard', { bind: true }, body())
    expect(standard.definition.settings).toMatchObject({ maxRetries: 3, defaultRetryDelay: 180 })
    const error = await rejection((await standard.apply([])).get())
    expect(error).toBeInstanceOf(MaxRetriesExceededError)
    expect(error.message).toMatch(/Can't retry standard\[.*\] args:\(\) kwargs:\{\}/)
    expect(tries.splice(0)).toEqual([0, 1, 2, 3])
    const given = app.task('given', { bind: true, maxRetries: 1 }, body(new RangeError('enough')))
    expect((await rejection((await given.apply([])).get())).message).toBe('enough')
    expect(tries.splice(0)).toEqual([0, 1])
    const endless = app.task('endless', { bind: true, maxRetries: null }, (task): string => {
      return task.request.retries < 50 ? task.retry() : 'done'
    })
    expect(await (await endless.apply([])).get()).toBe('done')
  })

  it('[T-12] retries by itself for some errors, and not for others', async () => {
    const app = make()
    let tries = 0
    const options = { autoretryFor: [TypeError, 'KeyError'], dontAutoretryFor: [RangeError], maxRetries: 2 }
    const failing = app.task('failing', options, (kind: string): never => {
      tries++
      throw kind === 'type' ? new TypeError('t') : Object.assign(new Error('k'), { name: kind })
    })
    const triesOf = async (kind: string): Promise<number> => {
      tries = 0
      await rejection((await failing.apply([kind])).get())
      return tries
    }
    expect([await triesOf('type'), await triesOf('KeyError'), await triesOf('RangeError')]).toEqual([3, 3, 1])
  })

  it('throws what it was given when the body is called directly', async () => {
    const app = make()
    const direct = app.task('direct', { bind: true }, (task): never => task.retry({ exc: new RangeError('again') }))
    expect(() => direct()).toThrow('again')
  })

  it('[T-30][T-31] calls its handlers: before, on success, on failure, on retry', async () => {
    const app = make()
    const events: unknown[] = []
    const task = app.task(
      'hooked',
      {
        bind: true,
        beforeStart: (self, args, kwargs) => void events.push(['before', self.request.id, args, kwargs]),
        onSuccess: (self, result, args) => void events.push(['success', self.request.id, result, args]),
        onFailure: (self, error, info) =>
          void events.push(['failure', self.request.id, error.message, info.traceback.length > 0]),
        onRetry: (self, error) => void events.push(['retry', self.request.id, error.message])
      },
      (self, fate: string) => {
        events.push(['body', fate])
        if (fate === 'retry' && self.request.retries === 0) self.retry({ exc: new Error('once more') })
        if (fate === 'fail') throw new Error('no')
        return fate
      }
    )
    await task.apply(['ok'], { taskId: 'a' })
    expect(events.splice(0)).toEqual([
      ['before', 'a', ['ok'], {}],
      ['body', 'ok'],
      ['success', 'a', 'ok', ['ok']]
    ])
    await task.apply(['fail'], { taskId: 'b' })
    expect(events.splice(0).at(-1)).toEqual(['failure', 'b', 'no', true])
    await task.apply(['retry'], { taskId: 'c' })
    expect(events.splice(0)).toEqual([
      ['before', 'c', ['retry'], {}],
      ['body', 'retry'],
      ['retry', 'c', 'once more'],
      ['before', 'c', ['retry'], {}],
      ['body', 'retry'],
      ['success', 'c', 'retry', ['retry']]
    ])
  })

  it('[T-32] calls afterReturn for what ends, not for a retry', async () => {
    const app = make()
    const events: unknown[] = []
    const options = {
      bind: true as const,
      afterReturn: (_task: BoundTask, state: string, value: unknown) => void events.push([state, value])
    }
    const task = app.task('t', options, (self, fate: string) => {
      if (self.request.retries === 0 && fate === 'retry') self.retry()
      if (fate === 'fail') throw new RangeError('no')
      return fate
    })
    await task.apply(['ok'])
    await task.apply(['fail'])
    await task.apply(['retry'])
    expect(events).toEqual([
      ['SUCCESS', 'ok'],
      ['FAILURE', expect.objectContaining({ message: 'no' })],
      ['SUCCESS', 'retry']
    ])
  })

  it('does not let a handler change what became of the task', async () => {
    const app = make()
    const broken = (): never => {
      throw new Error('hook')
    }
    const task = app.task('t', { onSuccess: broken, afterReturn: broken }, () => 1)
    expect(await (await task.apply([])).get()).toBe(1)
  })

  it('[T-35][T-36] knows who it is and with what it was called', async () => {
    const app = make()
    const task = app.task('t', { bind: true, params: ['x', 'y'] }, (self, _x: number, _y: number) => ({
      ...self.request
    }))
    const result = await task.apply([1], { kwargs: { y: 2 }, taskId: 'me', headers: { mine: 1 } })
    expect(await result.get()).toMatchObject({
      id: 'me',
      rootId: 'me',
      parentId: null,
      correlationId: 'me',
      replyTo: '',
      group: null,
      groupIndex: null,
      chord: null,
      chain: null,
      args: [1],
      kwargs: { y: 2 },
      argsrepr: '(1,)',
      kwargsrepr: "{'y': 2}",
      retries: 0,
      eta: null,
      expires: null,
      timelimit: [null, null],
      callbacks: null,
      errbacks: null
    })
  })

  it('[T-38] knows its extras: headers, stamps, shadow, ignoreResult, nesting', async () => {
    const app = make()
    const task = app.task('t', { bind: true, ignoreResult: true }, ({ request }) => ({ ...request }))
    const request = await (await task.apply([], { headers: { mine: 1 } })).get()
    expect(request).toMatchObject({
      headers: { mine: 1 },
      stampedHeaders: null,
      stamps: {},
      shadow: null,
      ignoreResult: true,
      replacedTaskNesting: 0
    })
  })

  it('[T-39] direct calls, bound or not, see contexts of their own, and each the former one again', async () => {
    const app = make()
    const seen: unknown[] = []
    const note = (): void => {
      const request = app.currentTask?.request
      seen.push([app.currentTask?.name, request?.args, request?.calledDirectly])
    }
    const inner = app.task('inner', (x: number) => {
      note()
      return x
    })
    const middle = app.task('middle', { bind: true }, async (self, x: number) => {
      expect(app.currentTask).toBe(self)
      const value = inner(x + 1)
      await Promise.resolve()
      note()
      return value
    })
    const outer = app.task('outer', async (x: number) => {
      const value = await middle(x + 1)
      note()
      return value
    })
    expect(await (await outer.apply([1])).get()).toBe(3)
    expect(seen.splice(0)).toEqual([
      ['inner', [3], true],
      ['middle', [2], true],
      ['outer', [1], false]
    ])
    inner(5)
    expect(seen.splice(0)).toEqual([['inner', [5], true]])
    const pushed = inner.pushRequest({ id: 'me', retries: 2 }, self => {
      note()
      return [self.request.id, self.request.retries, app.currentTask === self]
    })
    expect(pushed).toEqual(['me', 2, true])
    expect(seen.splice(0)).toEqual([['inner', [], false]])
    expect(app.currentTask).toBeUndefined()
  })

  it('[T-29] onBound tells a task of its application; what it leaves open is the application’s setting', async () => {
    const app = make()
    const bound: unknown[] = []
    const plain = app.task('plain', { onBound: to => void bound.push(to) }, () => 1)
    expect(bound).toEqual([app])
    const own = app.task('own', { priority: 3, ignoreResult: false }, () => 2)
    app.conf.update({ taskCompression: 'gzip', taskDefaultPriority: 7 })
    await plain.delay()
    await own.delay()
    const messages = (await takeAll(app)).map(({ delivery }) => delivery.message)
    expect(messages.find(({ headers }) => headers['task'] === 'own')).toMatchObject({
      headers: { compression: 'application/x-gzip', ignore_result: false },
      properties: { priority: 3 }
    })
    expect(messages.find(({ headers }) => headers['task'] === 'plain')).toMatchObject({
      headers: { compression: 'application/x-gzip' },
      properties: { priority: 7, contentType: 'application/json' }
    })
  })

  it('[T-40] stores states of its own', async () => {
    const app = make()
    const task = app.task('t', { bind: true }, async self => {
      await self.updateState({ state: 'PROGRESS', meta: { done: 1 } })
      return await app.asyncResult(self.request.id).result()
    })
    expect(await (await task.apply([])).get()).toEqual({ done: 1 })
  })

  it('may say that it be ignored, or rejected', async () => {
    const app = make()
    const fate = app.task('t', (what: string): never => {
      throw what === 'ignore' ? new Ignore() : new Reject('no', { requeue: false })
    })
    const ignored = await fate.apply(['ignore'])
    expect([await ignored.state(), await ignored.result()]).toEqual(['IGNORED', null])
    expect(await (await fate.apply(['reject'])).state()).toBe('REJECTED')
  })

  it('[T-48] knows Celery’s own tasks', async () => {
    const app = make()
    const double = app.task('double', { bind: true }, (_task, x: number) => x * 2)
    const add = app.task('add', { params: ['x', 'y'] }, (x: number, y: number) => x + y)
    const pairs: [number, number][] = [
      [1, 1],
      [2, 2]
    ]
    const run = async (name: string, args: unknown[], kwargs = {}): Promise<unknown> =>
      await (await app.apply(name, args, { kwargs })).get()
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    const xsum = plain(app.signature('xsum').set({ taskId: 'body' }))
    expect(await double.map([1, 2, 3]).call()).toEqual([2, 4, 6])
    expect(await add.starmap(pairs).call()).toEqual([2, 4])
    expect(await run('celery.accumulate', [1, 2])).toEqual([1, 2])
    expect(await run('celery.accumulate', [[5], 2], { index: 0 })).toEqual([5])
    expect(await run('celery.backend_cleanup', [])).toBe(0)
    expect((await rejection(run('celery.chain', []))).message).toMatch(/not a task that can run/)

    const groupTuple = await run('celery.chunks', [plain(add.s()), pairs, 1])
    expect(groupTuple).toMatchObject([
      [expect.any(String), null],
      [expect.anything(), expect.anything()]
    ])
    const members = [plain(add.s(1, 1)), plain(add.s(2, 2))]
    expect(await run('celery.group', [members, null, 'gid', []])).toMatchObject([['gid', null], { length: 2 }])
    expect(await run('celery.chord', [members, xsum])).toMatchObject([['body', expect.anything()], null])
    const sent = (await takeAll(app)).map(({ headers }) => headers.task)
    expect(sent).toEqual(['celery.starmap', 'celery.starmap', 'add', 'add', 'add', 'add'])
  })

  it('[T-48] sends a chord’s body when its header is ready, or fails it: celery.chord_unlock', async () => {
    const app = make()
    const body = (taskId: string): unknown => JSON.parse(JSON.stringify(app.signature('xsum').set({ taskId })))
    const unlock = async (taskId: string, maxRetries = 1): Promise<unknown> => {
      const kwargs = { interval: 0, max_retries: maxRetries, result: [taskTuple('a'), taskTuple('b')] }
      return await (await app.apply('celery.chord_unlock', ['g', body(taskId)], { kwargs })).get()
    }
    await succeed(app, 'a', 1)
    expect(await rejection(unlock('early'))).toBeInstanceOf(MaxRetriesExceededError)
    await succeed(app, 'b', 2)
    await unlock('body')
    expect(await takeOne(app)).toMatchObject({ headers: { task: 'xsum', id: 'body' }, body: { args: [[1, 2]] } })
    await app.asyncResult('b').forget()
    await fail(app, 'b', new TypeError('no'))
    await unlock('broken')
    expect(await rejection(app.asyncResult('broken').get())).toMatchObject({
      name: 'ChordError',
      message: expect.stringContaining('no')
    })
  })
})
