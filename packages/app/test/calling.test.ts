import { afterEach, describe, expect, it } from '@jest/globals'
import { createMemory } from '@umbel/memory'
import { chain, chord, group } from '@umbel/canvas'
import type { Connection, Transport } from '@umbel/transport'
import { ConnectionError, UnroutableError } from '@umbel/transport'
import { DateTime, Duration } from 'luxon'
import type { Dispatch } from '../src/gateway/gateway.js'
import type { CallOptions, Umbel } from '../src/index.js'
import { createApp, rejection, takeAll, takeOne, warningsDuring } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

function withAdd(options: Parameters<typeof createApp>[0] = {}) {
  const app = make(options)
  return { app, add: app.task('tasks.add', { params: ['x', 'y'] }, (x: number, y: number) => x + y) }
}

describe('calling tasks', () => {
  it('[C-01][C-02] sends by delay and by applyAsync, and gives the handle at once', async () => {
    const { app, add } = withAdd()
    const pending = add.delay(2, 2)
    expect(pending.id).toMatch(UUID4)
    const result = await pending
    expect([result.constructor.name, result.id]).toEqual(['AsyncResult', pending.id])
    const other = await add.applyAsync([2], { kwargs: { y: 3 } })
    const sent = await takeAll(app)
    expect(sent.map(({ headers, body }) => [headers.task, headers.id, body.args, body.kwargs])).toEqual([
      ['tasks.add', result.id, [2, 2], {}],
      ['tasks.add', other.id, [2], { y: 3 }]
    ])
  })

  it.each([
    ['taskId', { taskId: 'a\0b' }],
    ['taskId', { taskId: 'a\uD800' }],
    ['queue', { queue: 'a\0b' }],
    ['exchange', { exchange: 'a\0b', routingKey: 'k' }],
    ['routingKey', { exchange: 'e', routingKey: 'a\uDFFF' }],
    ['groupId', { groupId: 'a\0b' }]
  ] as const)('refuses a %s that a store would lose on the way: %j', async (option, options) => {
    const { app, add } = withAdd()
    const error = await rejection(Promise.resolve(add.applyAsync([1, 1], options as CallOptions)))
    expect(String(error)).toMatch(`${option}: expected text that every store keeps, got`)
    expect(await takeAll(app)).toEqual([])
  })

  it('writes the arguments when it is called, not when the message leaves', async () => {
    const { app, add } = withAdd()
    await add.delay(1, 1)
    await takeAll(app)
    const list = [1]
    const call = app.sendTask('list', [list])
    list.push(2)
    await call
    expect((await takeOne(app)).body.args).toEqual([[1]])
  })

  it('[C-04] takes an id, and makes a random one', async () => {
    const { app, add } = withAdd()
    expect((await add.applyAsync([1, 2], { taskId: 'mine' })).id).toBe('mine')
    const { headers, correlationId } = await takeOne(app)
    expect([headers.id, correlationId, headers.rootId]).toEqual(['mine', 'mine', 'mine'])
    expect(new Set([add.delay(1, 1).id, add.delay(1, 1).id]).size).toBe(2)
  })

  it('[C-05] links one signature or several, for success and failure', async () => {
    const { app, add } = withAdd()
    await add.applyAsync([1, 1], { link: add.s(10), linkError: app.signature('oops') })
    await add.applyAsync([1, 1], { link: [add.s(1), add.s(2)], linkError: [app.signature('a'), app.signature('b')] })
    const [one, many] = (await takeAll(app)).map(({ body }) => body.embed)
    expect(one).toMatchObject({ callbacks: [{ task: 'tasks.add', args: [10] }], errbacks: [{ task: 'oops' }] })
    expect(many?.callbacks).toHaveLength(2)
    expect(many?.errbacks?.map(({ task }) => task)).toEqual(['a', 'b'])
  })

  it('[C-08] waits a countdown or until an eta: Date, luxon, ISO with milliseconds and offset kept', async () => {
    const clock = { now: () => Date.UTC(2026, 5, 1), monotonic: () => 0, setTimer: () => ({ cancel: () => undefined }) }
    const { app, add } = withAdd({ clock, timezone: 'Europe/Paris' })
    const far = '2030-01-02T03:04:05.678+09:00'
    const etas: CallOptions[] = [
      { countdown: 10 },
      { countdown: Duration.fromObject({ minutes: 1 }) },
      { eta: new Date(far) },
      { eta: DateTime.fromISO(far, { setZone: true }) },
      { eta: far }
    ]
    const composed = []
    for (const options of etas) {
      const { outgoing } = await composeCall(app, options)
      composed.push([outgoing.message.headers['eta'], outgoing.notBefore])
    }
    const due = Date.parse(far)
    expect(composed).toEqual([
      ['2026-06-01T02:00:10+02:00', Date.UTC(2026, 5, 1, 0, 0, 10)],
      ['2026-06-01T02:01:00+02:00', Date.UTC(2026, 5, 1, 0, 1)],
      ['2030-01-01T19:04:05.678000+01:00', due],
      ['2030-01-02T03:04:05.678+09:00', due],
      ['2030-01-02T03:04:05.678+09:00', due]
    ])
    expect(await rejection(add.applyAsync([1, 1], { eta: 'tomorrow' }))).toMatchObject({ name: 'InvalidOptionError' })
  })

  it('expires after seconds or at a time; one that has expired is sent with a warning', async () => {
    const { app, add } = withAdd()
    const before = Date.now()
    await add.applyAsync([1, 1], { expires: 60 })
    await add.applyAsync([1, 1], { expires: new Date(before + 120_000) })
    const [seconds, date] = await takeAll(app)
    expect(Date.parse(seconds?.headers.expires ?? '') - before).toBeGreaterThanOrEqual(60_000)
    expect(Date.parse(date?.headers.expires ?? '')).toBe(before + 120_000)
    expect(Number(date?.delivery.message.properties.expiration)).toBeLessThanOrEqual(120_000)
    const warnings = await warningsDuring(() => add.applyAsync([1, 1], { expires: new Date(before - 5000) }))
    expect(warnings[0]?.message).toMatch(/expired .* s ago/)
    expect((await app.connectionOrAcquire()).url).toBe('memory://')
  })

  it('[C-11] publishes again by policy: the settings’ or the call’s, or not at all', async () => {
    const broken = brokenTransport(times => times <= 2)
    const { app, add } = withAdd({ transports: [broken.transport], taskPublishRetryPolicy: { intervalStep: 0 } })
    await add.delay(1, 1)
    expect(broken.attempts()).toBe(3)
    expect(await takeAll(app)).toHaveLength(1)
    const never = brokenTransport(() => true)
    const other = withAdd({ transports: [never.transport] })
    const policy = { maxRetries: 4, intervalStart: 0, intervalStep: 0, intervalMax: 0 }
    await rejection(other.add.applyAsync([1, 1], { retry: false }))
    expect(never.attempts()).toBe(1)
    await rejection(other.add.applyAsync([1, 1], { retryPolicy: policy }))
    expect(never.attempts()).toBe(6)
    await rejection(other.add.applyAsync([1, 1], { retryPolicy: { ...policy, retryErrors: ['KeyError'] } }))
    expect(never.attempts()).toBe(7)
  })

  it('[C-12] says in the end that it could not send, and why', async () => {
    const { transport } = brokenTransport(() => true)
    const { add } = withAdd({ transports: [transport], taskPublishRetryPolicy: { maxRetries: 1, intervalStep: 0 } })
    const error = await rejection(add.delay(1, 1))
    expect(error).toMatchObject({ name: 'OperationalError', message: 'the task could not be sent: the broker is away' })
    expect(error.cause).toBeInstanceOf(ConnectionError)
  })

  it('gives an error that no repeat will mend as it is, and at once', async () => {
    const { transport, attempts } = brokenTransport(() => true, new UnroutableError('no queue'))
    const { add } = withAdd({ transports: [transport] })
    expect(await rejection(add.delay(1, 1))).toMatchObject({ name: 'UnroutableError' })
    expect(attempts()).toBe(1)
  })

  it('[C-13] sends everything over one connection, a lost one being replaced', async () => {
    const counted = brokenTransport(() => false)
    const { add, app } = withAdd({ transports: [counted.transport] })
    await Promise.all(Array.from({ length: 50 }, (_, i) => add.delay(i, i)))
    const shared = await app.connectionOrAcquire()
    expect([counted.connections(), counted.publishes()]).toEqual([1, 1])
    await shared.close()
    await add.delay(1, 1)
    expect(counted.connections()).toBe(2)
    expect(await app.connectionOrAcquire()).not.toBe(shared)
    expect(await app.connectionOrAcquire(shared)).toBe(shared)
  })

  it('[C-14] serializes by the call’s option, then the task’s, then the setting’s', async () => {
    const app = make({ taskSerializer: 'json' })
    const raw = app.task('raw', { serializer: 'nope' }, (x: string) => x)
    expect((await rejection(raw.delay('x'))).message).toMatch(/nope/)
    await raw.applyAsync(['x'], { serializer: 'json' })
    await app.sendTask('other', ['x'])
    const types = (await takeAll(app)).map(({ delivery }) => delivery.message.properties.contentType)
    expect(types).toEqual(['application/json', 'application/json'])
  })

  it('compresses by the call’s option, then the task’s, then the setting’s, and says so in a header', async () => {
    const app = make({ taskCompression: 'zlib' })
    const own = app.task('own', { compression: 'bzip2' }, (x: string) => x)
    expect((await rejection(own.delay('x'))).message).toMatch(/bzip2/)
    await own.applyAsync(['x'.repeat(2000)], { compression: 'gzip' })
    await app.sendTask('other', ['x'])
    const sent = await takeAll(app)
    expect(sent.map(({ delivery }) => delivery.message.headers['compression'])).toEqual([
      'application/x-gzip',
      'application/x-gzip'
    ])
    expect(sent[0]?.body.args[0]).toHaveLength(2000)
    expect(sent[0]?.delivery.message.body.length).toBeLessThan(500)
  })

  it('[C-18] goes where it is told: queue by name or object, exchange, routing key, priority, declarations, routers', async () => {
    const { app, add } = withAdd({ taskRoutes: { 'tasks.*': 'routed' } })
    await add.delay(0, 0)
    await add.applyAsync([1, 1], { queue: 'named', priority: 7, deliveryMode: 1 })
    await add.applyAsync([2, 2], {
      queue: { name: 'object', exchange: 'topics', exchangeType: 'topic', routingKey: 'a.#' },
      routingKey: 'a.b'
    })
    await add.applyAsync([3, 3], { router: () => 'by-call' })
    await add.applyAsync([4, 4], { routeName: 'other.name' })
    await add.applyAsync([5, 5], {
      exchange: 'mine',
      routingKey: 'k',
      declare: {
        exchanges: [{ name: 'mine', type: 'direct' }],
        queues: [{ name: 'bound' }],
        bindings: [{ exchange: 'mine', queue: 'bound', routingKey: 'k' }]
      }
    })
    expect((await takeOne(app, 'routed')).body.args).toEqual([0, 0])
    const named = await takeOne(app, 'named')
    expect(named.delivery.message.properties).toMatchObject({ priority: 7, deliveryMode: 1 })
    expect((await takeOne(app, 'object')).delivery).toMatchObject({ exchange: 'topics', routingKey: 'a.b' })
    expect((await takeOne(app, 'by-call')).body.args).toEqual([3, 3])
    expect((await takeOne(app)).body.args).toEqual([4, 4])
    expect((await takeOne(app, 'bound')).body.args).toEqual([5, 5])
  })

  it('[C-20][C-21] carries limits and ignoreResult of the call', async () => {
    const { app, add } = withAdd()
    const ignored = await add.applyAsync([1, 1], { timeLimit: 30, softTimeLimit: 20, ignoreResult: true })
    expect((await takeOne(app)).headers).toMatchObject({ timelimit: [30, 20], ignoreResult: true })
    expect(ignored.ignored).toBe(true)
  })

  it('[C-22] carries a shadow name, and keeps a call out of the children of the task that sends it', async () => {
    const { app, add } = withAdd()
    const parent = app.task('parent', async () => {
      await add.applyAsync([1, 1], { addToParent: false, shadow: 'hidden' })
      await add.applyAsync([2, 2], { taskId: 'seen' })
    })
    const result = await parent.apply([])
    await result.get()
    expect((await takeAll(app)).map(({ headers }) => headers.shadow)).toEqual(['hidden', null])
  })

  it('[C-23] carries the low-level options', async () => {
    const { app, add } = withAdd()
    await add.applyAsync([1, 1], {
      rootId: 'r',
      parentId: 'p',
      groupId: 'g',
      groupIndex: 3,
      chord: add.s(1),
      chain: [add.s(2)],
      retries: 2,
      replyTo: 'me'
    })
    const { headers, body, replyTo } = await takeOne(app)
    expect(headers).toMatchObject({ rootId: 'r', parentId: 'p', group: 'g', groupIndex: 3, retries: 2 })
    expect(body.embed.chord).toMatchObject({ task: 'tasks.add', args: [1] })
    expect(body.embed.chain).toMatchObject([{ args: [2] }])
    expect(replyTo).toBe('me')
  })

  it('[C-24] carries stamps', async () => {
    const { app, add } = withAdd()
    const stamps = { stampedHeaders: ['tenant'], tenant: 'blue' } as CallOptions
    await add.applyAsync([1, 1], stamps)
    expect((await takeOne(app)).headers).toMatchObject({ stampedHeaders: ['tenant'], stamps: { tenant: 'blue' } })
  })

  it('carries headers of the caller’s own', async () => {
    const { app, add } = withAdd()
    await add.applyAsync([1, 1], { headers: { trace: 'abc', nested: { a: [1] } } })
    expect((await takeOne(app)).headers.custom).toEqual({ trace: 'abc', nested: { a: [1] } })
  })

  it('opens its connection at the first send only', async () => {
    const { transport, connections } = brokenTransport(() => false)
    const { add } = withAdd({ transports: [transport] })
    add(1, 1)
    add.s(1, 1)
    expect(connections()).toBe(0)
    await add.delay(1, 1)
    expect(connections()).toBe(1)
  })

  it('[C-28] calls tasks written elsewhere by name: sendTask and signature', async () => {
    const app = make()
    await app.sendTask('python.task', [1], { kwargs: { deep: { a: null } } })
    await app.signature('python.other', [2], { queue: 'celery' }).delay()
    const sent = await takeAll(app)
    expect(sent.map(({ headers }) => headers.task)).toEqual(['python.task', 'python.other'])
    expect(sent[0]?.body.kwargs).toEqual({ deep: { a: null } })
  })

  it('[C-33] refuses a queue that is not configured where queues may not be made up', async () => {
    const { add } = withAdd({ taskCreateMissingQueues: false, taskQueues: [{ name: 'celery' }] })
    expect(await rejection(add.applyAsync([1, 1], { queue: 'nope' }))).toMatchObject({
      name: 'QueueNotFound',
      message: expect.stringContaining('nope')
    })
  })

  it('names the argument that cannot be written, and sends its neighbours', async () => {
    const app = make()
    const calls = [app.sendTask('a', [1]), app.sendTask('b', [1, { user: { f: () => 1 } }]), app.sendTask('c', [1])]
    const [, refused] = await Promise.allSettled(calls)
    expect(refused).toMatchObject({
      reason: { name: 'EncodeError', message: expect.stringContaining('args[1].user.f') }
    })
    expect((await takeAll(app)).map(({ headers }) => headers.task)).toEqual(['a', 'c'])
  })

  it('names the schemes it knows for a broker of an unknown one, and refuses what is no URL', async () => {
    const unknown = withAdd({ broker: 'memry://' })
    expect((await rejection(unknown.add.delay(1, 1))).message).toMatch(
      /memry:\/\/, did you mean memory:\/\/\?.*known here: memory/
    )
    const bad = withAdd({ broker: 'not a url' })
    expect(await rejection(bad.add.delay(1, 1))).toMatchObject({ name: 'InvalidUrlError' })
    const backend = withAdd({ backend: 'rediss-typo://' })
    expect((await rejection(backend.add.delay(1, 1).get())).message).toMatch(/rediss-typo/)
  })

  it('warns of a failure that nobody waits for, and of none that somebody handles', async () => {
    const { app } = withAdd()
    const [warning] = await warningsDuring(() => {
      app.sendTask('x', [() => 1], { taskId: 'lost' })
    })
    expect(warning).toMatchObject({
      name: 'UmbelPublishWarning',
      message: expect.stringContaining('task lost was not sent')
    })
    const heard = await warningsDuring(async () => {
      const handled = app.sendTask('x', [() => 1]).catch(error => (error as Error).name)
      expect(await handled).toBe('EncodeError')
      await rejection(app.sendTask('x', [() => 1]))
    })
    expect(heard).toEqual([])
  })

  it('sends chains, groups and chords as one batch', async () => {
    const counted = brokenTransport(() => false)
    const { add, app } = withAdd({ transports: [counted.transport] })
    const xsum = app.task('tasks.xsum', (xs: number[]) => xs.length)
    await chain(add.s(1, 1), add.s(2)).delay()
    await group(Array.from({ length: 500 }, (_, i) => add.s(i, i))).delay()
    await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).delay()
    expect(counted.publishes()).toBe(3)
    expect(await takeAll(app)).toHaveLength(503)
  })
})

/** The message of a call, with its time, as the gateway gets it. */
async function composeCall(app: Umbel, options: CallOptions): Promise<Dispatch> {
  const published: Dispatch[] = []
  app.attach({
    publish: async batch => {
      published.push(...batch)
      return batch.map(() => undefined)
    },
    backend: () => Promise.reject(new Error('none')),
    broadcast: () => Promise.reject(new Error('none')),
    describe: () => '',
    close: async () => undefined
  })
  await app.sendTask('tasks.add', [1, 1], options)
  return published[0] as Dispatch
}

/** The memory broker, counted, and out of order as often as `broken` says. */
function brokenTransport(
  broken: (attempt: number) => boolean,
  error: Error = new ConnectionError('the broker is away', { recoverable: true })
) {
  const { transport } = createMemory()
  let attempts = 0
  let connections = 0
  const spied: Transport = {
    ...transport,
    connect: async (url, options): Promise<Connection> => {
      connections++
      const connection = await transport.connect(url, options)
      const openChannel = connection.openChannel.bind(connection)
      connection.openChannel = async () => {
        const channel = await openChannel()
        const publish = channel.publish.bind(channel)
        channel.publish = async (batch, how) => {
          attempts++
          return broken(attempts) ? batch.map(() => error) : await publish(batch, how)
        }
        return channel
      }
      return connection
    }
  }
  return { transport: spied, attempts: () => attempts, publishes: () => attempts, connections: () => connections }
}
