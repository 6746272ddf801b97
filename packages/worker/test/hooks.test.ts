import { describe, expect, it } from '@jest/globals'
import { currentTask, type BoundTask } from '@umbel/app'
import { Ignore } from '@umbel/protocol'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig } from './rig.js'
import { until } from './until.js'

class Expected extends Error {}

describe('hooks', () => {
  it('[T-30] beforeStart runs before the body, with its arguments; what it throws is the task’s failure', async () => {
    const rig = createRig()
    const seen: unknown[] = []
    const task = rig.app.task(
      'hooked',
      { params: ['x', 'y'], beforeStart: (self, args, kwargs) => void seen.push(self.request.id, args, kwargs) },
      (x: number, y: number) => {
        seen.push('body')
        return x + y
      }
    )
    const refusing = rig.app.task('refusing', { beforeStart: () => Promise.reject(new Error('not today')) }, () => {
      seen.push('never')
    })
    await rig.start()
    const result = await task.applyAsync([1], { kwargs: { y: 2 } })
    expect(await result.get({ timeout: 5 })).toBe(3)
    expect(seen).toEqual([result.id, [1], { y: 2 }, 'body'])
    await expect(refusing.delay().get({ timeout: 5 })).rejects.toThrow('not today')
    expect(seen).not.toContain('never')
  })

  it('[T-31][T-32] onSuccess, onFailure and onRetry follow the body, then afterReturn, but not for a retry', async () => {
    const rig = createRig()
    const seen: unknown[] = []
    const hooks = {
      onSuccess: (_self: BoundTask, value: unknown, args: readonly unknown[]) =>
        void seen.push(['success', value, args]),
      onFailure: (_self: BoundTask, error: Error, info: { traceback: string }) =>
        void seen.push(['failure', error.message, info.traceback.includes('bad')]),
      onRetry: (_self: BoundTask, error: Error) => void seen.push(['retry', error.message]),
      afterReturn: (_self: BoundTask, state: string, value: unknown) =>
        void seen.push(['after', state, value instanceof Error ? value.message : value])
    }
    const task = rig.app.task('hooked', { bind: true, ...hooks }, (self, what: string) => {
      seen.push('body')
      if (what === 'bad') throw new Error('bad')
      if (what === 'ignore') throw new Ignore()
      if (what === 'retry' && self.request.retries === 0) return self.retry({ countdown: 0, exc: new Error('again') })
      return what
    })
    const took = async (count: number): Promise<unknown[]> => {
      await until(
        () => (seen.length >= count ? true : undefined),
        () => `${count} calls, there are ${JSON.stringify(seen)}`
      )
      return seen.splice(0)
    }
    await rig.start()
    await task.delay('good').get({ timeout: 5 })
    expect(await took(3)).toEqual(['body', ['success', 'good', ['good']], ['after', 'SUCCESS', 'good']])
    await task.delay('bad').get({ timeout: 5, propagate: false })
    expect(await took(3)).toEqual(['body', ['failure', 'bad', true], ['after', 'FAILURE', 'bad']])
    await task.delay('retry').get({ timeout: 5 })
    expect(await took(5)).toEqual([
      'body',
      ['retry', 'again'],
      'body',
      ['success', 'retry', ['retry']],
      ['after', 'SUCCESS', 'retry']
    ])
    await task.delay('ignore')
    await rig.line('ignored')
    await rig.empty()
    expect(seen).toEqual(['body'])
  })

  it('an error in a hook is logged and changes nothing', async () => {
    const rig = createRig()
    const after: string[] = []
    const hooks = {
      onSuccess: () => Promise.reject(new Error('hook broke')),
      afterReturn: (_self: BoundTask, state: string) => void after.push(state)
    }
    const task = rig.app.task('hooked', hooks, () => 'fine')
    await rig.start()
    expect(await task.delay().get({ timeout: 5 })).toBe('fine')
    await rig.line('hook broke')
    expect(after).toEqual(['SUCCESS'])
  })
})

describe('what a task knows of itself', () => {
  it('[T-04][T-35] bind hands over the task with its identity; currentTask() is the same anywhere below', async () => {
    const rig = createRig()
    const below = async (): Promise<string | undefined> => {
      await Promise.resolve()
      return currentTask()?.request.id
    }
    const seen: BoundTask[] = []
    const task = rig.app.task('self', { bind: true }, async self => {
      seen.push(self)
      return [await below(), rig.app.currentTask === self]
    })
    const after = rig.app.task('after', { bind: true }, (self, _value: unknown) => {
      seen.push(self)
    })
    await rig.start()
    const result = await task.applyAsync([], { replyTo: 'someone', link: after.si('x') })
    expect(await result.get({ timeout: 5 })).toEqual([result.id, true])
    await rig.line(/after\[.*succeeded/)
    expect(currentTask()).toBeUndefined()
    const [first, second] = seen
    expect(first?.request).toMatchObject({
      id: result.id,
      rootId: result.id,
      parentId: null,
      correlationId: result.id,
      replyTo: 'someone',
      group: null,
      groupIndex: null,
      chord: null
    })
    expect(first?.request.chain ?? []).toEqual([])
    expect(second?.request).toMatchObject({ rootId: result.id, parentId: result.id })
    expect(first).toMatchObject({ name: 'self', maxRetries: 3 })
  })

  it('[T-36] the call: arguments and their texts, retries, times, limits, links', async () => {
    const rig = createRig()
    let request: BoundTask['request'] | undefined
    const task = rig.app.task('self', { bind: true, params: ['x', 'y'] }, (self, _x: number, _y: number) => {
      request = self.request
    })
    await rig.start()
    const eta = new Date(Date.now() + 30)
    const expires = new Date(Date.now() + 60_000)
    const call = { kwargs: { y: 2 }, eta, expires, timeLimit: 9, softTimeLimit: 8, linkError: task.s(1) }
    await task.applyAsync([1], call).get({ timeout: 5 })
    expect(request).toMatchObject({
      args: [1],
      kwargs: { y: 2 },
      argsrepr: '(1,)',
      kwargsrepr: "{'y': 2}",
      retries: 0,
      timelimit: [9, 8],
      callbacks: null,
      errbacks: [{ task: 'self' }]
    })
    expect(new Date(request?.eta ?? '').getTime()).toBe(eta.getTime())
    expect(new Date(request?.expires ?? '').getTime()).toBe(expires.getTime())
  })

  it('[T-38] extras: custom headers, shadow, ignore_result, nesting of replacements', async () => {
    const rig = createRig()
    let request: BoundTask['request'] | undefined
    const task = rig.app.task('self', { bind: true }, self => {
      request = self.request
    })
    await rig.start()
    await task.applyAsync([], { headers: { tenant: 'a' }, shadow: 'other', ignoreResult: true })
    await rig.line(/other\[.*succeeded/)
    expect(request).toMatchObject({
      headers: { tenant: 'a' },
      stampedHeaders: null,
      stamps: {},
      shadow: 'other',
      ignoreResult: true,
      replacedTaskNesting: 0
    })
  })

  it('[T-37] where it runs: host, origin, delivery, properties, eager or direct, children, log', async () => {
    const rig = createRig()
    let request: BoundTask['request'] | undefined
    const child = rig.app.task('child', () => 1)
    const task = rig.app.task('self', { bind: true }, async self => {
      request = self.request
      return [(await child.delay()).id, self.request.children]
    })
    await rig.start({ hostname: 'w1@host' }, { loglevel: 'info', logfile: 'worker.log' })
    const result = await task.applyAsync([], { priority: 5 })
    const [childId, children] = await result.get({ timeout: 5 })
    expect(children).toEqual([[[childId, null], null]])
    expect(request).toMatchObject({
      hostname: 'w1@host',
      origin: expect.stringMatching(/^gen\d+@/),
      deliveryInfo: { exchange: '', routingKey: 'celery', priority: 5, redelivered: false },
      properties: { contentType: 'application/json', contentEncoding: 'utf-8', priority: 5, deliveryMode: 2 },
      isEager: false,
      calledDirectly: false,
      loglevel: 'info',
      logfile: 'worker.log'
    })
    expect(request?.properties.correlationId).toBe(request?.correlationId)
    await task.apply([])
    expect(request).toMatchObject({
      isEager: true,
      calledDirectly: false,
      children: [[[expect.any(String), null], null]]
    })
    await task()
    expect(request).toMatchObject({ isEager: false, calledDirectly: true, loglevel: null, logfile: null })
  })

  it('bodies that it calls directly belong to it: what they send is its child, and they may not wait either', async () => {
    const rig = createRig()
    const child = rig.app.task('child', () => 1)
    const helper = rig.app.task('helper', { bind: true }, async self => {
      const sent = await child.delay()
      const waiting = await sent.get({ timeout: 5 }).catch((error: Error) => error.name)
      return [sent.id, self.request.calledDirectly, waiting]
    })
    const outer = rig.app.task('outer', async () => await helper())
    await rig.start()
    const result = await outer.delay()
    const [childId, direct, waiting] = await result.get({ timeout: 5 })
    expect([direct, waiting]).toEqual([true, 'WaitInTaskError'])
    expect((await result.children()).map(({ id }) => id)).toEqual([childId])
    expect(rig.sent.find(({ message }) => message.headers['id'] === childId)?.message.headers).toMatchObject({
      parent_id: result.id,
      root_id: result.id
    })
  })

  it('[T-22] the tasks that it sends are its children, unless trail is off', async () => {
    const rig = createRig()
    const child = rig.app.task('child', (x: number) => x)
    const parent = rig.app.task('parent', async () => {
      const results = await Promise.all([child.delay(1), child.delay(2)])
      return results.map(({ id }) => id)
    })
    const silent = rig.app.task('silent', { trail: false, sendEvents: false }, async () => (await child.delay(3)).id)
    await rig.start()
    const result = await parent.delay()
    const ids = await result.get({ timeout: 5 })
    expect(((await result.children()) ?? []).map(({ id }) => id)).toEqual(ids)
    const quiet = await silent.delay()
    await quiet.get({ timeout: 5 })
    expect(await quiet.children()).toEqual([])
  })
})

describe('log lines', () => {
  it('[W-02] tell of each task received, its success with run time and value, failure with traceback, retry, revocation', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const fail = rig.app.task('fail', () => {
      throw new Error('boom')
    })
    const again = rig.app.task('again', { bind: true }, self => self.retry({ countdown: 60, exc: new Error('busy') }))
    const worker = await rig.start()
    const sum = await add.delay(2, 2)
    await rig.line(`Task add[${sum.id}] received`)
    expect((await rig.line(`Task add[${sum.id}] succeeded`)).message).toMatch(/succeeded in 0\.\d+s: 4$/)
    const failed = await fail.delay()
    const line = await rig.line(`Task fail[${failed.id}] raised unexpected: `)
    expect(line).toMatchObject({ level: 'error' })
    expect(line.message).toMatch(/boom.*\n.*Error: boom\n\s+at /s)
    const retried = await again.delay()
    expect((await rig.line(`Task again[${retried.id}] retry: `)).message).toContain('Retry in 60s: ')
    worker.revoke(['gone'])
    await add.applyAsync([1, 1], { taskId: 'gone' })
    await rig.line('Discarding revoked task: add[gone]')
  })

  it('[T-21] errors named in throws are logged at info, without traceback', async () => {
    const rig = createRig()
    const task = rig.app.task('expected', { throws: [Expected, 'Other'] }, (name: string) => {
      throw Object.assign(new Expected('as usual'), { name })
    })
    await rig.start()
    for (const name of ['Expected', 'Other']) {
      const result = await task.delay(name)
      const line = await rig.line(`expected[${result.id}] raised expected: `)
      expect(line.level).toBe('info')
      expect(line.message).not.toContain('\n')
      expect(await result.get({ timeout: 5, propagate: false })).toBeInstanceOf(Error)
    }
  })

  it.each(['inline', 'async'] as const)(
    '[T-51][L-03] of a task reach the log of the worker with id and name (%s)',
    async pool => {
      const rig = createRig()
      registerTasks(rig.app)
      await rig.start({ pool, concurrency: 1 }, { module: location })
      const result = await rig.app.sendTask('fixture.log', ['hello'])
      const { fields, level } = await rig.line('hello')
      expect(level).toBe('info')
      expect(fields).toEqual({ extra: 1, task_id: result.id, task_name: 'fixture.log' })
    }
  )
})

describe('in a thread', () => {
  it('[W-07] a task sends others, stores states and reads results through the control side', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'async', concurrency: 1000 }, { module: location })
    const sender = await rig.app.sendTask('fixture.send', [5])
    const childId = await sender.get({ timeout: 5 })
    expect(await rig.app.asyncResult(String(childId)).get({ timeout: 5 })).toBe(5)
    expect(await (await rig.app.sendTask('fixture.progress', [])).get({ timeout: 5 })).toBe('done')
    expect(rig.journal).toContain('store PROGRESS')
    const many = await Promise.all(Array.from({ length: 1000 }, () => rig.app.sendTask('fixture.sleep', [200])))
    expect(await Promise.all(many.map(result => result.get({ timeout: 5 })))).toEqual(many.map(() => 'slept'))
  })
})
