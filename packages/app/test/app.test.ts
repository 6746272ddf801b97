import { afterEach, describe, expect, it } from '@jest/globals'
import { inspect } from 'node:util'
import { createMemory } from '@umbel/memory'
import { signature } from '@umbel/canvas'
import { ClassTask, isUmbel, sharedTask, Umbel } from '../src/index.js'
import { createApp, rejection, takeAll, takeOne } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

describe('the application', () => {
  it('[A-01] is made of a name and options inline: broker, backend, include, any setting', () => {
    const app = new Umbel('proj', {
      broker: 'memory://b',
      backend: 'memory://r',
      include: ['proj.tasks'],
      taskDefaultQueue: 'jobs',
      task_default_priority: 3
    } as ConstructorParameters<typeof Umbel>[1])
    expect(app.main).toBe('proj')
    expect(app.conf.brokerUrl).toBe('memory://b')
    expect(app.conf.resultBackend).toBe('memory://r')
    expect(app.conf.include).toEqual(['proj.tasks'])
    expect([app.conf.taskDefaultQueue, app.conf.taskDefaultPriority]).toEqual(['jobs', 3])
  })

  it('[A-03] lives beside others, each with its own settings, tasks and broker', async () => {
    const one = make({ taskDefaultQueue: 'ones' }, 'one')
    const two = make({}, 'two')
    const task = one.task('add', (x: number, y: number) => x + y)
    two.task('add', (x: number, y: number) => x * y)
    await task.delay(2, 3)
    expect([one.conf.taskDefaultQueue, two.conf.taskDefaultQueue]).toEqual(['ones', 'celery'])
    expect([one.tasks.get('add'), two.tasks.get('add')].map(known => known(...([2, 3] as never[])))).toEqual([5, 6])
    expect(await takeAll(two, 'ones')).toEqual([])
    expect(await takeAll(one, 'ones')).toHaveLength(1)
  })

  it('[A-04] shows its class, name and identity; a task without a name gets the application’s', () => {
    class Special extends Umbel {}
    const app = new Special('proj')
    expect(String(app)).toBe(`<Special proj at ${app.oid}>`)
    expect(inspect(app)).toBe(String(app))
    expect(app.oid).not.toBe(new Special('proj').oid)
    expect(app.task(function add() {}).name).toBe('proj.add')
  })

  it('[A-05] maps names to tasks, Celery’s own among them, and names the known ones for an unknown', () => {
    const app = make()
    const add = app.task('tasks.add', () => 1)
    expect(app.tasks.get('tasks.add')).toBe(add)
    expect(app.tasks.names()).toEqual(expect.arrayContaining(['celery.map', 'celery.starmap', 'tasks.add']))
    expect([...app.tasks].map(task => task.name)).toContain('tasks.add')
    expect(app.tasks.find('nothing')).toBeUndefined()
    expect(() => app.tasks.get('zzzzzzzzzzzz')).toThrow(/"zzzzzzzzzzzz" is not registered.*known tasks: .*tasks\.add/)
    expect(() => app.tasks.get('tasks.ad')).toThrow(/did you mean "tasks\.add"\?/)
    expect(() => app.tasks.get('tasks.ad')).toThrow(
      expect.objectContaining({ name: 'NotRegistered', task: 'tasks.ad' })
    )
  })

  it('[A-06] opens and reads nothing when it is made, only at first use', async () => {
    const read: string[] = []
    const app = new Umbel('proj', {
      broker: 'nowhere://',
      configSource: 'settings',
      importer: async name => {
        read.push(name)
        throw new Error('no such module')
      }
    })
    const add = app.task('add', (x: number) => x)
    expect(add(1)).toBe(1)
    expect(app.finalized).toBe(false)
    expect(read).toEqual([])
    expect(await rejection(add.delay(1))).toMatchObject({ message: expect.stringContaining('settings') })
    expect(read).toEqual(['settings'])
  })

  it('[A-07] is finalized before the first task is looked up: Celery’s and shared tasks come, each bound to it', () => {
    const shared = sharedTask('test.a07', () => 7)
    const app = make()
    const events: string[] = []
    app.onAfterFinalize.connect(self => events.push(`finalized ${self.main}`))
    app.task('own', () => 1)
    expect(app.finalized).toBe(false)
    expect(app.tasks.has('celery.map')).toBe(true)
    expect(app.finalized).toBe(true)
    expect(app.tasks.get('test.a07')).toBe(shared.of(app))
    expect(String(app.tasks.get('test.a07'))).toBe('<Task test.a07 of proj>')
    app.finalize()
    expect(events).toEqual(['finalized proj'])
  })

  it('[A-07] with autofinalize off, looking up a task before finalize() is an error', () => {
    const app = make({ autofinalize: false })
    app.task('own', () => 1)
    expect(() => app.tasks.get('own')).toThrow(expect.objectContaining({ name: 'NotFinalizedError' }))
    app.finalize()
    expect(app.tasks.get('own').name).toBe('own')
  })

  it('[A-09] makes tasks of functions, with or without options and name', () => {
    const app = make()
    const plain = app.task(function plain(x: number) {
      return x
    })
    const named = app.task('n', (x: number) => x)
    const optioned = app.task({ queue: 'q' }, function optioned(x: number) {
      return x
    })
    const bound = app.task('b', { bind: true, maxRetries: null }, (task, x: number) => `${task.name}${x}`)
    expect([plain(1), named(2), optioned(3), bound(4)]).toEqual([1, 2, 3, 'b4'])
    expect([plain, named, optioned, bound].map(task => task.name)).toEqual(['proj.plain', 'n', 'proj.optioned', 'b'])
    expect(optioned.definition.settings.queue).toBe('q')
    expect(bound.definition.settings.maxRetries).toBeNull()
  })

  it('[A-10] has shared tasks that were made before it and after it', async () => {
    const before = sharedTask('test.a10.before', (x: number) => x + 1)
    const app = make()
    expect(app.tasks.has('test.a10.before')).toBe(true)
    const after = sharedTask('test.a10.after', { queue: 'shared' }, (x: number) => x + 2)
    expect([before(1), after(1)]).toEqual([2, 3])
    await after.of(app).delay(1)
    expect((await takeOne(app, 'shared')).headers.task).toBe('test.a10.after')
    const own = make()
    const mine = own.task('test.a10.before', () => 'mine')
    expect(own.tasks.get('test.a10.before')).toBe(mine)
  })

  it('[A-12] registers class-based tasks', async () => {
    class Greet extends ClassTask {
      readonly queue = 'greetings'
      run(who: string): string {
        return `hello ${who} from ${this.task.name}`
      }
    }
    const app = make()
    const greet = app.registerTask(new Greet())
    expect(greet.name).toBe('proj.Greet')
    expect(greet('you')).toBe('hello you from proj.Greet')
    await greet.delay('you')
    expect((await takeOne(app, 'greetings')).headers.task).toBe('proj.Greet')
    expect(() => app.registerTask({ name: 'x', run: 3 as never })).toThrow(/needs a method run/)
  })

  it('[A-13] lets an application name its tasks its own way', () => {
    class Kebab extends Umbel {
      override genTaskName(name: string): string {
        return `${this.main}/${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
      }
    }
    expect(new Kebab('shop').task(function sendMail() {}).name).toBe('shop/send-mail')
  })

  it('[A-31] sends by name; a known task’s options count, and null takes one away', async () => {
    const app = make({ taskSerializer: 'json' })
    app.task('known', { queue: 'mine', priority: 4, expires: 60, timeLimit: 9 }, () => 1)
    await app.sendTask('unknown', [1], { kwargs: { a: 2 } })
    expect(await takeOne(app)).toMatchObject({ headers: { task: 'unknown' }, body: { args: [1], kwargs: { a: 2 } } })
    await app.sendTask('known')
    const merged = await takeOne(app, 'mine')
    expect(merged.headers.timelimit).toEqual([9, null])
    expect(merged.headers.expires).not.toBeNull()
    expect(merged.delivery.message.properties.priority).toBe(4)
    await app.sendTask('known', [], { queue: null, expires: null, timeLimit: null, priority: 1 })
    const cleared = await takeOne(app)
    expect(cleared.headers).toMatchObject({ expires: null, timelimit: [null, null] })
    expect(cleared.delivery.message.properties.priority).toBe(1)
  })

  it('[A-32] connects for reading and for writing, and shares one connection and one producer', async () => {
    const memory = createMemory()
    const app = make({
      broker: 'memory://both',
      brokerReadUrl: 'memory://read',
      brokerWriteUrl: 'memory://write',
      transports: [memory.transport]
    })
    const [read, write, shared] = [
      await app.connectionForRead(),
      await app.connectionForWrite(),
      await app.connectionOrAcquire()
    ]
    expect([read.url, write.url, shared.url]).toEqual(['memory://read', 'memory://write', 'memory://write'])
    expect(await app.connectionOrAcquire()).toBe(shared)
    expect(await app.connectionOrAcquire(read)).toBe(read)
    const producer = app.producerOrAcquire()
    expect([app.producerOrAcquire(), app.producerOrAcquire(producer)]).toEqual([producer, producer])
    const message = {
      headers: {},
      properties: { contentType: 'text/plain', contentEncoding: 'utf-8' },
      body: new Uint8Array([1])
    }
    const topology = { queues: [{ name: 'mine' }] }
    await producer.publish({ outgoing: { exchange: '', routingKey: 'mine', message }, topology })
    const channel = await write.openChannel()
    expect((await channel.stat(['mine']))[0]?.ready).toBe(1)
    await Promise.all([read.close(), write.close()])
  })

  it('[A-33] knows the task that is being executed', async () => {
    const app = make({ taskAlwaysEager: true })
    const who = app.task('who', { bind: true }, async task => {
      await Promise.resolve()
      return app.currentTask === task && task.request.id
    })
    expect(app.currentTask).toBeUndefined()
    const result = await who.delay()
    expect(await result.get()).toBe(result.id)
  })

  it('[A-34] makes signatures and canvases that belong to it', async () => {
    const app = make()
    const step = signature<[], number>('elsewhere.add', [1])
    expect(step.dispatcher).toBeUndefined()
    for (const made of [
      app.signature('elsewhere.add'),
      app.chain(step, signature<[number], number>('elsewhere.add', [1])),
      app.group([step, step]),
      app.chord([step], signature<[number[]], number>('sum'))
    ])
      expect(made.dispatcher).toBe(app.dispatcher)
    await app.group([step, step]).delay()
    expect(await takeAll(app)).toHaveLength(2)
  })

  it('[A-37] restricts what is consumed, and shows its queues', () => {
    const app = make({ taskQueues: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
    app.selectQueues(['a', 'c'])
    expect([...app.amqp.queues.consumeFrom.keys()]).toEqual(['a', 'c'])
    expect([...app.amqp.queues].map(queue => queue.name)).toEqual(expect.arrayContaining(['a', 'b', 'c']))
  })

  it('[A-38] tells the time in its own zone', () => {
    const clock = {
      now: () => Date.UTC(2026, 0, 1, 12),
      monotonic: () => 0,
      setTimer: () => ({ cancel: () => undefined })
    }
    const paris = new Umbel('p', { timezone: 'Europe/Paris', clock })
    expect([paris.timezone, paris.usesUtcTimezone(), paris.now().toISO()]).toEqual([
      'Europe/Paris',
      false,
      '2026-01-01T13:00:00.000+01:00'
    ])
    const utc = new Umbel('u', { clock })
    expect([utc.timezone, utc.usesUtcTimezone(), utc.now().toISO()]).toEqual(['UTC', true, '2026-01-01T12:00:00.000Z'])
    expect(new Umbel('l', { enableUtc: false }).usesUtcTimezone()).toBe(false)
  })

  it('[A-42] closes what it opened, sends what waits, and is closed for good', async () => {
    const memory = createMemory()
    let added: PromiseLike<unknown>
    let connection
    {
      await using app = new Umbel('p', {
        broker: 'memory://',
        backend: 'memory://',
        transports: [memory.transport],
        backends: [memory.backend]
      })
      added = app.task('add', () => 1).delay()
      connection = await app.connectionOrAcquire()
      await app.close()
      await app.close()
      expect(await rejection(app.sendTask('late'))).toMatchObject({ name: 'AppClosedError' })
      expect(await rejection(app.asyncResult('x').get())).toMatchObject({ name: 'AppClosedError' })
    }
    await added
    expect(await connection.closed).toBeUndefined()
  })

  it('[A-42] tells those who wait for results that nothing will come', async () => {
    const app = make()
    const waiting = rejection(app.asyncResult('never').get())
    await app.asyncResult('other').state()
    await app.close()
    expect(await waiting).toMatchObject({ name: 'AppClosedError', message: expect.stringContaining('never') })
  })

  it('[A-43] calls its hooks: configure, after configure, after finalize, in an executor', () => {
    const app = make()
    const events: string[] = []
    app.onConfigure.connect(() => events.push('configure'))
    const disconnect = app.onAfterConfigure.connect(() => events.push('never'))
    app.onAfterConfigure.connect(self => {
      self.conf.update({ taskDefaultQueue: 'edited' })
      events.push('after configure')
    })
    app.onAfterFinalize.connect(() => events.push('after finalize'))
    app.onAfterFork.connect(() => events.push('fork'))
    disconnect()
    expect(events).toEqual([])
    expect(app.conf.taskDefaultQueue).toBe('edited')
    app.finalize()
    app.attach(app.services.gateway())
    expect(events).toEqual(['configure', 'after configure', 'after finalize', 'fork'])
  })

  it('is known by its brand', () => {
    expect([isUmbel(make()), isUmbel({}), isUmbel(null)]).toEqual([true, false, false])
  })
})
