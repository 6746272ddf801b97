import { describe, expect, it } from '@jest/globals'
import { Duration } from 'luxon'
import { compileSettings, NAMED_SETTINGS, type Settings } from '../src/settings/index.js'

const compile = (values: Readonly<Record<string, unknown>> = {}): Settings =>
  compileSettings([{ source: 'test', values }])

describe('defaults', () => {
  it('gives every setting, frozen', () => {
    const settings = compile()
    expect(Object.keys(settings).sort()).toEqual(NAMED_SETTINGS.map(setting => setting.camel).sort())
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.imports)).toBe(true)
    expect(Object.isFrozen(settings.brokerTransportOptions)).toBe(true)
  })

  it('leaves what users pass in as it is', () => {
    const imports = ['a']
    compile({ imports })
    imports.push('b')
    expect(imports).toEqual(['a', 'b'])
  })

  it('has a value of its own kind as default of each setting', () => {
    for (const { name, kind, default: value } of NAMED_SETTINGS)
      expect([name, kind.schema.safeParse(value).success]).toEqual([name, true])
  })

  it('[CF-01] accepts json and nothing else', () => {
    expect(compile().acceptContent).toEqual(['json'])
    expect(compile({ acceptContent: ['json', 'application/x-yaml'] }).acceptContent).toEqual([
      'json',
      'application/x-yaml'
    ])
    expect(compile({ accept_content: 'auth' }).acceptContent).toEqual(['auth'])
    expect(() => compile({ acceptContent: [1] })).toThrow('acceptContent must be a list of texts, got [ 1 ]')
  })

  it('[CF-02] lets results follow accept_content until they have a list of their own', () => {
    expect(compile().resultAcceptContent).toEqual(['json'])
    expect(compile({ acceptContent: ['yaml'] }).resultAcceptContent).toEqual(['yaml'])
    expect(compile({ acceptContent: ['yaml'], resultAcceptContent: ['json'] }).resultAcceptContent).toEqual(['json'])
  })

  it('[CF-03][CF-04] keeps time in UTC unless told otherwise', () => {
    expect(compile()).toMatchObject({ enableUtc: true, timezone: 'UTC' })
    expect(compile({ enableUtc: false })).toMatchObject({ enableUtc: false, timezone: 'local' })
    for (const timezone of ['Europe/London', 'America/Argentina/Buenos_Aires', 'Asia/Kathmandu', 'UTC']) {
      expect(compile({ timezone }).timezone).toBe(timezone)
    }
    expect(() => compile({ timezone: 'Europe/Lodnon' })).toThrow(
      "timezone must be the IANA name of a time zone, such as 'Europe/London', got 'Europe/Lodnon'"
    )
  })

  it('[CF-05][CF-06] keeps the modules of imports and of include apart', () => {
    expect(compile()).toMatchObject({ imports: [], include: [] })
    expect(compile({ imports: ['a'], include: 'b' })).toMatchObject({ imports: ['a'], include: ['b'] })
    expect(() => compile({ include: 3 })).toThrow('include must be a list of texts, got 3')
  })

  it('[CF-07] takes a visibility timeout for every transport that has one', () => {
    expect(compile().visibilityTimeout).toBeUndefined()
    expect(compile({ visibility_timeout: 43_200 }).visibilityTimeout).toBe(43_200)
  })

  it('fills in what follows from other settings', () => {
    expect(compile({ taskDefaultQueue: 'main', brokerUrl: 'redis://h' })).toMatchObject({
      taskDefaultExchange: 'main',
      taskDefaultRoutingKey: 'main',
      brokerReadUrl: 'redis://h',
      brokerWriteUrl: 'redis://h'
    })
    expect(compile({ taskAcksOnFailureOrTimeout: false, taskAcksOnTimeout: true })).toMatchObject({
      taskAcksOnFailure: false,
      taskAcksOnTimeout: true
    })
  })
})

describe('values', () => {
  it('takes a Duration wherever seconds are', () => {
    expect(
      compile({ resultExpires: Duration.fromObject({ hours: 2 }), taskTimeLimit: { toMillis: () => 1500 } })
    ).toMatchObject({
      resultExpires: 7200,
      taskTimeLimit: 1.5
    })
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, '10', Duration.fromMillis(-5)]) {
      expect(() => compile({ taskTimeLimit: wrong })).toThrow('taskTimeLimit must be seconds')
    }
  })

  it('takes null for unset, or for never where Celery does', () => {
    expect(compile({ taskTimeLimit: null, resultExpires: null, workerConcurrency: 0, brokerUrl: null })).toMatchObject({
      taskTimeLimit: undefined,
      resultExpires: 0,
      workerConcurrency: undefined,
      brokerUrl: undefined
    })
    expect(compile({ taskTimeLimit: undefined }).taskTimeLimit).toBeUndefined()
    expect(() => compile({ taskDefaultQueue: null })).toThrow('taskDefaultQueue must be text, got null')
  })

  it('joins a list of URLs as Celery writes it', () => {
    expect(compile({ brokerUrl: ['amqp://a', 'amqp://b'] }).brokerUrl).toBe('amqp://a;amqp://b')
  })

  it('completes a retry policy, in either spelling, and refuses what is not in one', () => {
    expect(
      compile({ task_publish_retry_policy: { max_retries: null, interval_max: 5 } }).taskPublishRetryPolicy
    ).toEqual({
      maxRetries: null,
      intervalStart: 0,
      intervalStep: 0.2,
      intervalMax: 5
    })
    expect(() => compile({ taskPublishRetryPolicy: { maxRetrys: 1 } })).toThrow(
      /taskPublishRetryPolicy must be a mapping of maxRetries .* got \{ maxRetrys: 1 \}/
    )
  })

  it('names the setting, what was expected and what came', () => {
    expect(() => compile({ task_acks_late: 'yes' })).toThrow("test: task_acks_late must be true or false, got 'yes'")
    expect(() => compile({ taskProtocol: 3 })).toThrow('taskProtocol must be 1 or 2, got 3')
    expect(() => compile({ taskDefaultExchangeType: 'topics' })).toThrow(
      "taskDefaultExchangeType must be 'direct' or 'topic' or 'fanout' or 'headers', got 'topics'"
    )
    expect(() => compile({ brokerTransportOptions: [] })).toThrow('brokerTransportOptions must be a mapping')
    expect(() => compile({ taskQueues: [{ name: 'a', routingKy: 'x' }] })).toThrow(
      /taskQueues must be .*: queue a: unknown option routingKy, did you mean routingKey\?/
    )
    expect(() => compile({ taskQueues: { a: 3 } })).toThrow('queue a')
    expect(() => compile({ task_routes: 7 })).toThrow('task_routes must be a mapping of task names')
  })

  it('tells all that is wrong at once', () => {
    expect(() => compile({ taskAcksLate: 1, brokerUrl: 2, nonsense: 3 })).toThrow(
      /^test:\n {2}- unknown setting nonsense.*\n {2}- taskAcksLate must be.*\n {2}- brokerUrl must be/
    )
  })

  it('never shows a secret in an error', () => {
    expect(() => compile({ redisPassword: { inside: 'hunter2' } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') })
    )
    const url = { hosts: 'amqp://me:hunter2@host//' }
    expect(() => compile({ brokerUrl: url })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') })
    )
  })

  it('refuses a setting that is not built yet, by name, unless it has its default', () => {
    const later = NAMED_SETTINGS.filter(setting => setting.status === 'later')
    expect(later.length).toBeGreaterThan(0)
    for (const { name, default: value } of later) expect(() => compile({ [name]: value })).not.toThrow()
    expect(() => compile({ cassandra_servers: ['a'] })).toThrow(
      'cassandra_servers is not built yet (it is not planned yet), so it would be ignored: leave it unset'
    )
  })

  it('refuses queues that are both exclusive and durable', () => {
    const durable = NAMED_SETTINGS.find(setting => setting.name === 'event_queue_durable')
    const message =
      durable?.status === 'built' ? 'eventQueueExclusive and eventQueueDurable exclude each other' : 'not built yet'
    expect(() => compile({ eventQueueDurable: true })).toThrow(message)
  })
})
