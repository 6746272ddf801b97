import { describe, expect, it } from '@jest/globals'
import { Queues, Router, Routing } from '../src/routing/index.js'
import { Configuration, compileSettings, type Settings, type SettingsInput } from '../src/settings/index.js'

const settingsOf = (values: SettingsInput = {}): Settings => compileSettings([{ source: 'test', values }])
const queuesOf = (values: SettingsInput = {}): Queues => new Queues(settingsOf(values))

describe('queues', () => {
  it('[Q-03] has the queue celery with an exchange and key of its name, all from settings', () => {
    expect(queuesOf().get('celery')).toMatchObject({
      name: 'celery',
      exchange: { name: 'celery', type: 'direct' },
      routingKey: 'celery',
      topology: {
        exchanges: [{ name: 'celery', type: 'direct' }],
        queues: [{ name: 'celery' }],
        bindings: [{ exchange: 'celery', queue: 'celery', routingKey: 'celery' }]
      }
    })
    const named = queuesOf({
      taskDefaultQueue: 'main',
      taskDefaultExchange: 'work',
      taskDefaultExchangeType: 'topic',
      taskDefaultRoutingKey: 'work.#'
    })
    expect(named.get('main')).toMatchObject({ exchange: { name: 'work', type: 'topic' }, routingKey: 'work.#' })
    expect([...named.consumeFrom.keys()]).toEqual(['main'])
  })

  it('[Q-02] reads queue definitions as a list', () => {
    const queues = queuesOf({
      taskQueues: [
        'plain',
        {
          name: 'feeds',
          alias: 'f',
          exchange: { name: 'media', type: 'topic', durable: false, autoDelete: true },
          routingKey: 'feed.#',
          durable: false,
          autoDelete: true,
          exclusive: true,
          arguments: { 'x-max-length': 5 }
        }
      ]
    })
    expect(queues.get('plain').topology?.bindings).toEqual([
      { exchange: 'celery', queue: 'plain', routingKey: 'plain' }
    ])
    expect(queues.get('f')).toBe(queues.get('feeds'))
    expect(queues.get('feeds')).toMatchObject({
      exchange: { name: 'media', type: 'topic' },
      routingKey: 'feed.#',
      topology: {
        exchanges: [{ name: 'media', type: 'topic', durable: false, autoDelete: true }],
        queues: [
          { name: 'feeds', durable: false, autoDelete: true, exclusive: true, arguments: { 'x-max-length': 5 } }
        ],
        bindings: [{ exchange: 'media', queue: 'feeds', routingKey: 'feed.#' }]
      }
    })
  })

  it('[Q-02] reads queue definitions as a mapping, also in the words of kombu', () => {
    const queues = queuesOf({
      CELERY_QUEUES: {
        feeds: {
          exchange: 'media',
          exchange_type: 'fanout',
          binding_key: 'feed',
          queue_arguments: { 'x-a': 1 },
          auto_delete: true
        },
        plain: {}
      }
    })
    expect(queues.names).toEqual(['feeds', 'plain'])
    expect(queues.get('feeds')).toMatchObject({
      exchange: { name: 'media', type: 'fanout' },
      routingKey: 'feed',
      topology: { queues: [{ name: 'feeds', autoDelete: true, arguments: { 'x-a': 1 } }] }
    })
  })

  it('[CF-41] writes limits of a queue as the broker counts them', () => {
    const queues = queuesOf({
      taskQueueMaxPriority: 10,
      taskQueues: [
        { name: 'a', expires: 60, messageTtl: 1.5, maxLength: 5, maxLengthBytes: 500, maxPriority: 3 },
        { name: 'b', noDeclare: true, consumerArguments: { 'x-priority': 1 } }
      ]
    })
    expect(queues.get('a').topology?.queues?.[0]?.arguments).toEqual({
      'x-expires': 60_000,
      'x-message-ttl': 1500,
      'x-max-length': 5,
      'x-max-length-bytes': 500,
      'x-max-priority': 3
    })
    expect(queues.get('b')).toMatchObject({ topology: undefined, consumerArguments: { 'x-priority': 1 } })
    expect(queues.get('new').topology?.queues?.[0]?.arguments).toEqual({ 'x-max-priority': 10 })
  })

  it('[Q-05] binds one queue several times, with different exchanges and keys', () => {
    const queue = queuesOf({
      taskQueues: [
        {
          name: 'default',
          bindings: [
            { exchange: 'media', exchangeType: 'topic', routingKey: 'video.#' },
            { exchange: { name: 'media', type: 'topic' }, routingKey: 'image.#' },
            { exchange: 'default', routingKey: 'default', arguments: { 'x-match': 'any' } }
          ]
        }
      ]
    }).get('default')
    expect(queue.topology).toEqual({
      exchanges: [
        { name: 'media', type: 'topic' },
        { name: 'default', type: 'direct' }
      ],
      queues: [{ name: 'default' }],
      bindings: [
        { exchange: 'media', queue: 'default', routingKey: 'video.#' },
        { exchange: 'media', queue: 'default', routingKey: 'image.#' },
        { exchange: 'default', queue: 'default', routingKey: 'default', arguments: { 'x-match': 'any' } }
      ]
    })
  })

  it('[Q-01] makes a queue on first use, with a direct exchange and key of its name', () => {
    const queues = queuesOf({ taskDefaultExchangeType: 'topic' })
    expect(queues.has('hipri')).toBe(false)
    expect(queues.get('hipri')).toMatchObject({ exchange: { name: 'hipri', type: 'direct' }, routingKey: 'hipri' })
    expect(queues.has('hipri')).toBe(true)
    expect([...queues.consumeFrom.keys()]).toEqual(['celery'])
    const route = new Router(settingsOf(), queues).route({ name: 'a', options: { queue: 'hipri' } })
    expect(route).toMatchObject({ exchange: '', routingKey: 'hipri', queue: 'hipri' })
    queues.select(['hipri'])
    expect([...queues.consumeFrom.keys()]).toEqual(['hipri'])
  })

  it('[CF-37] gives queues made on first use the exchange type that it is told, direct unless it is', () => {
    const fanout = queuesOf({ taskCreateMissingQueueExchangeType: 'fanout' })
    expect(fanout.get('news').exchange).toEqual({ name: 'news', type: 'fanout' })
    expect(queuesOf().get('news').exchange).toEqual({ name: 'news', type: 'direct' })
  })

  it('[CF-36][CF-39] makes quorum queues where it is told to', () => {
    const type = (queues: Queues, name: string): unknown =>
      queues.get(name).topology?.queues?.[0]?.arguments?.['x-queue-type']
    const plain = queuesOf()
    expect([type(plain, 'celery'), type(plain, 'missing')]).toEqual([undefined, undefined])
    const missing = queuesOf({ taskCreateMissingQueueType: 'quorum' })
    expect([type(missing, 'celery'), type(missing, 'missing')]).toEqual([undefined, 'quorum'])
    const standard = queuesOf({ taskDefaultQueueType: 'quorum' })
    expect([type(standard, 'celery'), type(standard, 'missing')]).toEqual(['quorum', undefined])
    expect(() => queuesOf({ taskDefaultQueueType: 'stream' as 'quorum' })).toThrow(
      /taskDefaultQueueType.*classic.*quorum.*stream/
    )
  })

  it('[Q-14] refuses an unknown queue when queues are not created, and names the nearest and the known', () => {
    const queues = queuesOf({ taskCreateMissingQueues: false, taskQueues: ['feeds', { name: 'media', alias: 'm' }] })
    expect(queues.get('feeds').name).toBe('feeds')
    expect(() => queues.get('feed')).toThrow(
      expect.objectContaining({
        code: 'QUEUE_NOT_FOUND',
        message:
          "queue 'feed' is not in taskQueues, and taskCreateMissingQueues is off: did you mean 'feeds'? (known: feeds, media, m)"
      })
    )
    expect(() => queues.select(['nowhere'])).toThrow("queue 'nowhere' is not in taskQueues")
    expect(queues.has('feed')).toBe(false)
  })

  it('[Q-15] includes and excludes queues by name', () => {
    const queues = queuesOf({ taskQueues: ['a', 'b', 'c'] })
    expect([...queues.consumeFrom.keys()]).toEqual(['a', 'b', 'c'])
    queues.deselect('undefined, b')
    expect([...queues.consumeFrom.keys()]).toEqual(['a', 'c'])
    queues.select('c, b')
    expect([...queues.consumeFrom.keys()]).toEqual(['c', 'b'])
    queues.deselect(['nothing', 'c'])
    expect([...queues.consumeFrom.keys()]).toEqual(['b'])
    queues.select([])
    expect([...queues.consumeFrom.keys()]).toEqual(['b'])
    expect(queues.names).toEqual(['a', 'b', 'c'])
  })

  it('[Q-32] adds, selects and formats queues', () => {
    const queues = queuesOf({ taskQueues: ['b', { name: 'a', alias: 'first' }] })
    expect(queues.aliases.get('first')?.name).toBe('a')
    queues.add('routed', { exchange: 'x', exchangeType: 'topic' })
    expect(queues.has('routed')).toBe(true)
    expect(queues.consumeFrom.has('routed')).toBe(false)
    queues.selectAdd({ name: 'late', routingKey: 'k' })
    expect([...queues.consumeFrom.keys()]).toEqual(['b', 'a', 'late'])
    expect(queues.format()).toBe(
      [
        '.> a                exchange=celery(direct) key=a',
        '.> b                exchange=celery(direct) key=b',
        '.> late             exchange=celery(direct) key=k'
      ].join('\n')
    )
    queues.select(['first'])
    queues.selectAdd('more')
    expect([...queues.consumeFrom.keys()]).toEqual(['a', 'more'])
    expect(queues.format({ indent: 2 })).toBe(
      '  .> a                exchange=celery(direct) key=a\n  .> more             exchange=celery(direct) key=more'
    )
    expect(queues.format({ indent: 2, indentFirst: false })).toMatch(/^\.> a.*\n {2}\.> more/)
    queues.deselect(['first', 'more'])
    expect(queues.format()).toBe('')
    expect(() => queues.add({ name: 'bad', exchangeType: 'topics' as 'topic' })).toThrow('queue bad: exchangeType')
  })

  it('[A-37] restricts consumption to the queues selected, also after an edit of the settings', () => {
    const conf = new Configuration({ env: {}, configSource: { taskQueues: ['a', 'b'] } })
    const routing = new Routing(() => conf.settings)
    routing.selectQueues(['b', 'new'])
    expect([...routing.queues.consumeFrom.keys()]).toEqual(['b', 'new'])
    conf.taskAcksLate = true
    expect([...routing.queues.consumeFrom.keys()]).toEqual(['b', 'new'])
    const before = routing.queues
    conf.update({ taskRoutes: { x: 'a' } })
    expect(routing.queues).toBe(before)
    expect(routing.router.route({ name: 'x' }).queue).toBe('a')
    conf.update({ taskQueues: ['a', 'b', 'c'] })
    routing.deselectQueues('new')
    expect([...routing.queues.consumeFrom.keys()]).toEqual(['b'])
    expect(routing.queues.names).toContain('c')
    const closed = new Routing(() => settingsOf({ taskQueues: ['a', 'b'], taskCreateMissingQueues: false }))
    expect(() => closed.selectQueues('nowhere')).toThrow("queue 'nowhere' is not in taskQueues")
  })
})
