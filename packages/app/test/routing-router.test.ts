import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Route, Router, type RouteRequest, type TaskRoutes } from '../src/routing/index.js'
import { compileSettings, type SettingsInput } from '../src/settings/index.js'

const routerOf = (values: SettingsInput = {}): Router => new Router(compileSettings([{ source: 'test', values }]))
const queueFor = (taskRoutes: TaskRoutes, name: string): string => routerOf({ taskRoutes }).route({ name }).queue
const routeOf = (values: SettingsInput, request: Partial<RouteRequest> = {}): Route =>
  routerOf(values).route({ name: 'tasks.add', ...request })

const MEDIA = {
  taskQueues: [
    'celery',
    { name: 'feeds', routingKey: 'feed.default' },
    { name: 'media', exchange: 'media', exchangeType: 'topic', routingKey: 'media.#' },
    { name: 'other', exchange: 'other', exchangeType: 'topic', routingKey: 'other.#' }
  ]
} as const satisfies SettingsInput

describe('routes', () => {
  it('sends what no route knows to the default queue', () => {
    expect(routeOf({})).toEqual({
      exchange: '',
      routingKey: 'celery',
      queue: 'celery',
      topology: expect.objectContaining({ queues: [{ name: 'celery' }] }),
      options: {}
    })
    expect(
      routeOf({ taskDefaultExchange: 'work', taskDefaultExchangeType: 'topic', taskDefaultRoutingKey: 'w.#' })
    ).toMatchObject({
      exchange: 'work',
      routingKey: 'w.#',
      queue: 'celery'
    })
  })

  it('[Q-08] routes by a mapping of task names to queues or options', () => {
    const routes = { 'tasks.add': 'hipri', 'tasks.mul': { queue: 'lopri', priority: 3, routing_key: 'ignored' } }
    expect(queueFor(routes, 'tasks.add')).toBe('hipri')
    expect(routerOf({ taskRoutes: routes }).route({ name: 'tasks.mul' })).toMatchObject({
      queue: 'lopri',
      exchange: '',
      routingKey: 'lopri',
      options: { priority: 3 }
    })
    expect(queueFor(routes, 'tasks.adds')).toBe('celery')
    expect(queueFor(routes, 'constructor')).toBe('celery')
  })

  it('[Q-09] routes by globs, regular expressions and an ordered list of pairs', () => {
    const routes: TaskRoutes = [
      [
        ['feed.tasks.*', { queue: 'feeds' }],
        ['web.tasks.*', { queue: 'web' }],
        [/(video|image)\.tasks\..*/, { queue: 'media' }],
        ['*.tasks.special', { queue: 'never' }],
        ['feed.tasks.exact', 'exact']
      ]
    ]
    expect(queueFor(routes, 'feed.tasks.import')).toBe('feeds')
    expect(queueFor(routes, 'web.tasks.get')).toBe('web')
    expect(queueFor(routes, 'video.tasks.cut')).toBe('media')
    expect(queueFor(routes, 'image.tasks.crop')).toBe('media')
    expect(queueFor(routes, 'my.video.tasks.cut')).toBe('celery')
    expect(queueFor(routes, 'web.tasks.special')).toBe('web')
    expect(queueFor(routes, 'feed.tasks.exact')).toBe('exact')
    expect(
      queueFor(
        [
          ['a.*', 'one'],
          [/b/g, 'two']
        ],
        'b'
      )
    ).toBe('two')
    expect(queueFor(new Map<string | RegExp, string>([[/c\d/, 'three']]), 'c1')).toBe('three')
    expect(queueFor({ 'x.?[ab][!c].*': 'glob' }, 'x.1ad.y')).toBe('glob')
    expect(queueFor({ 'x.?[ab][!c].*': 'glob' }, 'x.1ac.y')).toBe('celery')
    expect(queueFor({ 'a.(b)+*': 'literal' }, 'a.(b)+c')).toBe('literal')
  })

  it('matches the same name again with a pattern that remembers', () => {
    const router = routerOf({ taskRoutes: [[/a\./g, 'q']] })
    expect([1, 2, 3].map(() => router.route({ name: 'a.b' }).queue)).toEqual(['q', 'q', 'q'])
  })

  it('[Q-10] takes a plain string for the name of a queue', () => {
    expect(queueFor({ 'tasks.*': 'named' }, 'tasks.add')).toBe('named')
    expect(queueFor(() => 'named', 'tasks.add')).toBe('named')
    expect(queueFor('named', 'tasks.add')).toBe('named')
    expect(routeOf({ ...MEDIA, taskRoutes: 'media' })).toMatchObject({ exchange: 'media', routingKey: 'media.#' })
  })

  it('[Q-11] asks a function with name, arguments, options and task', () => {
    const asked: unknown[] = []
    const task = { name: 'tasks.add' }
    const answers = [{ queue: 'mapped', priority: 2 }, 'named', undefined, null]
    const router = routerOf({
      taskRoutes: (...question) => {
        asked.push(question)
        return answers[asked.length - 1]
      }
    })
    const request = { name: 'tasks.add', args: [2, 2], kwargs: { a: 1 }, options: { priority: 9 }, task }
    expect(answers.map(() => router.route(request).queue)).toEqual(['mapped', 'named', 'celery', 'celery'])
    expect(asked[0]).toEqual(['tasks.add', [2, 2], { a: 1 }, { priority: 9 }, task])
  })

  it('[Q-12] asks several routers in order, classes and objects too, and the first answer wins', () => {
    const asked: string[] = []
    class ByClass {
      routeForTask(
        name: string,
        args: readonly unknown[],
        kwargs: Readonly<Record<string, unknown>>
      ): string | undefined {
        asked.push(`class ${name} ${args.length} ${Object.keys(kwargs).length}`)
        return name === 'by.class' ? 'classes' : undefined
      }
    }
    const object = {
      routeForTask(name: string): { queue: string } | null {
        asked.push('object')
        return name === 'by.object' ? { queue: 'objects' } : null
      }
    }
    const routes: TaskRoutes = [ByClass, object, { 'by.class': 'never', 'by.map': 'maps' }, () => 'last']
    expect(queueFor(routes, 'by.class')).toBe('classes')
    expect(asked).toEqual(['class by.class 0 0'])
    expect(['by.object', 'by.map', 'other'].map(name => queueFor(routes, name))).toEqual(['objects', 'maps', 'last'])
  })

  it('[Q-12] needs a router that is an import path to be loaded first', () => {
    expect(() => routerOf({ taskRoutes: ['proj.routers:route'] })).toThrow(
      "taskRoutes: 'proj.routers:route' is not loaded yet: await app.conf.load() first"
    )
  })

  it.each([
    [[[['a', 'b', 'c']]], 'a route is a pair of a task name, glob or RegExp'],
    [{ a: 3 }, "a route is a pair of a task name, glob or RegExp and a queue's name or options, got [a, number]"],
    [[3], 'a router must be a mapping, a list of pairs, a function or an object with routeForTask, got number'],
    [() => 7, "the router's answer for tasks.add must be options, a queue's name or nothing, got number"],
    [() => Promise.resolve('q'), 'got a promise (a router must answer at once)']
  ])('refuses routes that are none: %#', (taskRoutes, message) => {
    expect(() => routeOf({ taskRoutes: taskRoutes as unknown as TaskRoutes })).toThrow(message)
  })
})

describe('precedence', () => {
  it('[Q-13] puts call options over task attributes over routes, and routes fill the gaps', () => {
    const taskRoutes = { 'tasks.add': { queue: 'route', priority: 1, serializer: 'yaml', compression: 'gzip' } }
    const taskOptions = { queue: 'task', priority: 2, serializer: 'msgpack' }
    expect(routeOf({ taskRoutes })).toMatchObject({ queue: 'route', options: { priority: 1 } })
    expect(routeOf({ taskRoutes }, { taskOptions })).toMatchObject({
      queue: 'task',
      options: { priority: 2, serializer: 'msgpack', compression: 'gzip' }
    })
    expect(routeOf({ taskRoutes }, { taskOptions, options: { queue: 'call', priority: 3 } })).toMatchObject({
      queue: 'call',
      options: { priority: 3, serializer: 'msgpack', compression: 'gzip' }
    })
    expect(routeOf({ taskRoutes }, { taskOptions, options: { queue: undefined, priority: null } })).toMatchObject({
      queue: 'task',
      options: { priority: 1 }
    })
  })

  it('[Q-13] expands the definition of the queue, and keeps a routing key that was named', () => {
    const taskRoutes = { 'tasks.add': { queue: 'media' } }
    expect(routeOf({ ...MEDIA, taskRoutes })).toMatchObject({
      exchange: 'media',
      routingKey: 'media.#',
      queue: 'media',
      topology: { exchanges: [{ name: 'media', type: 'topic' }] }
    })
    expect(routeOf({ ...MEDIA, taskRoutes }, { options: { routingKey: 'media.video' } })).toMatchObject({
      exchange: 'media',
      routingKey: 'media.video'
    })
    const keyed = { 'tasks.add': { queue: 'media', routing_key: 'media.image' } }
    expect(routeOf({ ...MEDIA, taskRoutes: keyed })).toMatchObject({ exchange: 'media', routingKey: 'media.image' })
    expect(routeOf({ ...MEDIA, taskRoutes: keyed }, { options: { queue: 'other' } })).toMatchObject({
      exchange: 'other',
      routingKey: 'other.#'
    })
  })

  it('[Q-07] publishes to a direct queue through the anonymous exchange', () => {
    expect(routeOf(MEDIA, { options: { queue: 'feeds' } })).toMatchObject({
      exchange: '',
      routingKey: 'feeds',
      queue: 'feeds'
    })
    expect(routeOf(MEDIA, { options: { queue: 'feeds', routingKey: 'x' } })).toMatchObject({
      exchange: '',
      routingKey: 'feeds'
    })
    expect(routeOf(MEDIA, { options: { queue: 'media' } })).toMatchObject({ exchange: 'media' })
  })

  it('follows an exchange that is named in the call', () => {
    expect(routeOf(MEDIA, { options: { exchange: 'media', routingKey: 'media.video' } })).toMatchObject({
      exchange: 'media',
      routingKey: 'media.video',
      topology: { queues: [{ name: 'media' }] }
    })
    expect(routeOf(MEDIA, { options: { exchange: 'foreign', routingKey: 'k' } })).toMatchObject({
      exchange: 'foreign',
      routingKey: 'k',
      topology: undefined
    })
    expect(routeOf(MEDIA, { options: { exchange: '', routingKey: 'amq.gen-1' } })).toMatchObject({
      exchange: '',
      routingKey: 'amq.gen-1',
      topology: undefined
    })
    expect(routeOf(MEDIA, { options: { exchange: '', routingKey: 'feeds' } })).toMatchObject({
      exchange: '',
      routingKey: 'feeds',
      topology: { queues: [{ name: 'feeds' }] }
    })
  })

  it('takes the delivery mode of the queue’s exchange unless something else is said', () => {
    const taskQueues = [{ name: 'celery', exchange: { name: 'celery', type: 'direct', deliveryMode: 1 } }] as const
    expect(routeOf({ taskQueues }).options).toEqual({ deliveryMode: 1 })
    expect(routeOf({ taskQueues }, { taskOptions: { deliveryMode: 2 } }).options).toEqual({ deliveryMode: 2 })
  })

  it('takes a definition in the place of a queue’s name', () => {
    const queue = { name: 'own', exchange: 'own', exchangeType: 'topic', routingKey: 'own.#' }
    expect(routeOf({ taskCreateMissingQueues: false }, { options: { queue } })).toMatchObject({
      exchange: 'own',
      routingKey: 'own.#'
    })
  })

  it('[C-33] raises QueueNotFound for an unknown queue of a call, a task or a route when none is created', () => {
    const closed = { taskCreateMissingQueues: false, taskQueues: ['celery', 'feeds'] }
    const notFound = expect.objectContaining({
      code: 'QUEUE_NOT_FOUND',
      message: expect.stringContaining("did you mean 'feeds'?")
    })
    expect(routeOf(closed, { options: { queue: 'feeds' } }).queue).toBe('feeds')
    expect(() => routeOf(closed, { options: { queue: 'feedz' } })).toThrow(notFound)
    expect(() => routeOf(closed, { taskOptions: { queue: 'feedz' } })).toThrow(notFound)
    expect(() => routeOf({ ...closed, taskRoutes: 'feedz' })).toThrow(notFound)
  })

  it('always sends somewhere: a call’s queue is the queue', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (queue, name) => {
        const routes = { 'a*': { queue: 'route', exchange: 'x', routingKey: 'y' } }
        const route = routerOf({ taskRoutes: routes }).route({ name, options: { queue } })
        expect([route.exchange, route.routingKey, route.queue]).toEqual(['', queue, queue])
      })
    )
  })
})
