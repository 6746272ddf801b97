import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compileSettings, lookUp, NAMED_SETTINGS, type Settings } from '../src/settings/index.js'

const compile = (values: Readonly<Record<string, unknown>>, namespace?: string): Settings =>
  compileSettings([{ source: 'test', values, namespace }])

/** What the customer's documents type, with the value they give where they give one. */
const CUSTOMERS_SETTINGS: readonly (readonly [
  spelling: string,
  name: keyof Settings,
  value: unknown,
  compiled?: unknown
])[] = [
  ['BROKER_URL', 'brokerUrl', 'amqp://guest:guest@localhost:5672/'],
  ['BROKER_URL', 'brokerUrl', 'redis://localhost:6379/0'],
  ['CELERYBEAT_SCHEDULE', 'beatSchedule', { 'add-every-30': { task: 'tasks.add', schedule: 30 } }],
  ['CELERYD_LOG_FILE', 'workerLogfile', '/var/log/celery/%n.log'],
  ['CELERYD_PID_FILE', 'workerPidfile', '/var/run/celery/%n.pid'],
  ['CELERY_IMPORTS', 'imports', ['celery.task.http']],
  ['CELERY_MESSAGE_COMPRESSION', 'taskCompression', 'gzip'],
  ['CELERY_QUEUES', 'taskQueues', ['celery', 'hipri'], [{ name: 'celery' }, { name: 'hipri' }]],
  ['CELERY_REDIRECT_STDOUTS', 'workerRedirectStdouts', false],
  ['CELERY_ROUTES', 'taskRoutes', { 'proj.tasks.add': { queue: 'hipri' } }],
  ['CELERY_TASK_RESULT_EXPIRES', 'resultExpires', 3600],
  ['CELERY_TASK_SERIALIZER', 'taskSerializer', 'yaml'],
  ['TIME_ZONE', 'timezone', 'Europe/London'],
  ['accept_content', 'acceptContent', ['auth']],
  ['beat_schedule', 'beatSchedule', { 'add-every-monday-morning': { task: 'tasks.add', args: [16, 16] } }],
  ['event_serializer', 'eventSerializer', 'auth'],
  ['include', 'include', ['proj.tasks']],
  ['imports', 'imports', ['proj.tasks']],
  ['result_backend_always_retry', 'resultBackendAlwaysRetry', true],
  ['result_backend_max_retries', 'resultBackendMaxRetries', 5],
  ['result_persistent', 'resultPersistent', true],
  ['security_cert_store', 'securityCertStore', '/etc/ssl/certs/*.pem'],
  ['security_certificate', 'securityCertificate', '/etc/ssl/certs/worker.pem'],
  ['security_digest', 'securityDigest', 'sha512'],
  ['security_key', 'securityKey', '/etc/ssl/private/worker.key'],
  ['task_acks_late', 'taskAcksLate', true],
  ['task_acks_on_failure_or_timeout', 'taskAcksOnFailureOrTimeout', false],
  ['task_annotations', 'taskAnnotations', { '*': { rate_limit: '10/s' } }],
  ['task_compression', 'taskCompression', 'bzip2'],
  ['task_create_missing_queues', 'taskCreateMissingQueues', false],
  ['task_default_rate_limit', 'taskDefaultRateLimit', '100/m'],
  ['task_queues', 'taskQueues', { feeds: { routing_key: 'feed.#' } }, [{ name: 'feeds', routingKey: 'feed.#' }]],
  [
    'task_routes',
    'taskRoutes',
    [
      [
        ['feed.tasks.*', { queue: 'feeds' }],
        [/(video|image)\.tasks\..*/, { queue: 'media' }]
      ]
    ]
  ],
  ['task_serializer', 'taskSerializer', 'auth'],
  ['task_soft_time_limit', 'taskSoftTimeLimit', 30],
  ['task_time_limit', 'taskTimeLimit', 60],
  ['task_track_started', 'taskTrackStarted', true],
  ['timezone', 'timezone', 'Europe/London']
]

describe('the settings that the customer’s documents type', () => {
  it.each(CUSTOMERS_SETTINGS)('%s is %s', (...row) => {
    const [spelling, name, value, compiled = value] = row
    const found = lookUp(spelling)?.setting
    expect(found?.camel).toBe(name)
    if (found?.status === 'built') expect(compile({ [spelling]: value })[name]).toEqual(compiled)
    else expect(() => compile({ [spelling]: value })).toThrow(`${spelling} is not built yet`)
  })

  it.each([
    'CELERYD_NODES',
    'CELERYD_OPTS',
    'CELERYD_CHDIR',
    'CELERYD_USER',
    'CELERYD_GROUP',
    'CELERYD_MULTI',
    'CELERYD_LOG_LEVEL',
    'CELERY_APP',
    'CELERY_BIN',
    'CELERYCTL'
  ])('%s belongs to the daemon', name =>
    expect(() => compile({ [name]: 'x' })).toThrow(
      `${name} is no setting but a variable of the daemon's environment file`
    )
  )
})

describe('names', () => {
  it('[A-20] understands every upper-case name of Celery 3', () => {
    const samples = {
      CELERY_ACKS_LATE: 'taskAcksLate',
      CELERY_ALWAYS_EAGER: 'taskAlwaysEager',
      CELERY_EAGER_PROPAGATES_EXCEPTIONS: 'taskEagerPropagates',
      CELERY_RESULT_BACKEND: 'resultBackend',
      CELERY_TASK_RESULT_EXPIRES: 'resultExpires',
      CELERY_SEND_TASK_SENT_EVENT: 'taskSendSentEvent',
      CELERY_RESULT_DBURI: 'databaseUrl',
      CELERY_ENABLE_UTC: 'enableUtc',
      CELERYD_CONCURRENCY: 'workerConcurrency',
      CELERYD_TASK_TIME_LIMIT: 'taskTimeLimit',
      CELERYD_PREFETCH_MULTIPLIER: 'workerPrefetchMultiplier',
      CELERYBEAT_SCHEDULE_FILENAME: 'beatScheduleFilename',
      CELERYBEAT_MAX_LOOP_INTERVAL: 'beatMaxLoopInterval',
      BROKER_POOL_LIMIT: 'brokerPoolLimit',
      BROKER_TRANSPORT_OPTIONS: 'brokerTransportOptions'
    }
    for (const [old, name] of Object.entries(samples)) expect([old, lookUp(old)?.setting.camel]).toEqual([old, name])
    expect(compile({ CELERYD_CONCURRENCY: 3, BROKER_URL: 'redis://h' })).toMatchObject({
      workerConcurrency: 3,
      brokerUrl: 'redis://h'
    })
  })

  it('reads each setting in each of its spellings as the same setting', () => {
    for (const setting of NAMED_SETTINGS) {
      for (const spelling of [setting.camel, setting.name, ...setting.oldNames]) {
        expect(lookUp(spelling)?.setting).toBe(setting)
        expect(() => compile({ [spelling]: setting.default })).not.toThrow()
      }
    }
  })

  it('takes camelCase and snake_case side by side', () => {
    expect(compile({ taskAcksLate: true, task_track_started: true })).toMatchObject({
      taskAcksLate: true,
      taskTrackStarted: true
    })
    expect(() => compile({ taskAcksLate: true, task_acks_late: false })).toThrow(
      'taskAcksLate and task_acks_late are the same setting'
    )
  })

  it('[A-21] refuses a mixture of old and new names and lists each rename', () => {
    const mixed = {
      task_acks_late: true,
      taskTrackStarted: true,
      CELERY_TASK_RESULT_EXPIRES: 60,
      BROKER_URL: 'redis://h'
    }
    expect(() => compile(mixed)).toThrow(
      expect.objectContaining({
        code: 'IMPROPERLY_CONFIGURED',
        message: expect.stringMatching(/BROKER_URL +-> brokerUrl\n +CELERY_TASK_RESULT_EXPIRES +-> resultExpires/)
      })
    )
    expect(() => compile({ task_acks_late: true, BROKER_URL: 'redis://h' })).toThrow(/BROKER_URL +-> broker_url/)
    const mostlyOld = { CELERY_ACKS_LATE: true, BROKER_URL: 'redis://h', result_expires: 60, task_time_limit: 9 }
    expect(() => compile({ ...mostlyOld, CELERY_TIMEZONE: 'UTC' })).toThrow(
      /rename these to the old ones:\n +result_expires +-> CELERY_TASK_RESULT_EXPIRES\n +task_time_limit +-> CELERYD_TASK_TIME_LIMIT/
    )
  })

  it('[A-21] accepts a setting that is given under both names, and the new one counts', () => {
    expect(compile({ result_expires: 1, CELERY_TASK_RESULT_EXPIRES: 2 }).resultExpires).toBe(1)
    expect(compile({ CELERY_TASK_RESULT_EXPIRES: 2, result_expires: 1 }).resultExpires).toBe(1)
  })

  it('[A-19] reads only the names with the prefix of a namespace', () => {
    const host = {
      CELERY_TASK_ACKS_LATE: true,
      CELERY_BROKER_URL: 'redis://h',
      DEBUG: true,
      DATABASES: {},
      TIME_ZONE: 'x'
    }
    expect(compile(host, 'CELERY')).toMatchObject({ taskAcksLate: true, brokerUrl: 'redis://h', timezone: 'UTC' })
    expect(compile(host, 'CELERY_').taskAcksLate).toBe(true)
    expect(compile({ celery_task_acks_late: true, other: 1 }, 'celery').taskAcksLate).toBe(true)
    expect(compile({ myQueueTaskAcksLate: true }, 'myQueue').taskAcksLate).toBe(true)
    expect(compile({ CELERY_TASK_RESULT_EXPIRES: 5 }, 'CELERY').resultExpires).toBe(5)
    expect(() => compile({ CELERY_TASK_ACK_LATE: true }, 'CELERY')).toThrow(
      'CELERY_TASK_ACK_LATE: unknown setting task_ack_late, did you mean task_acks_late?'
    )
  })

  it('names the nearest setting for an unknown one, in the same style', () => {
    expect(() => compile({ taskAckLate: true })).toThrow('unknown setting taskAckLate, did you mean taskAcksLate?')
    expect(() => compile({ task_ack_late: true })).toThrow(
      'unknown setting task_ack_late, did you mean task_acks_late?'
    )
    expect(() => compile({ CELERY_TASK_SERIALISER: 'x' })).toThrow('did you mean CELERY_TASK_SERIALIZER?')
    expect(() => compile({ zzzzzzzz: 1 })).toThrow(/^test: unknown setting zzzzzzzz$/)
    expect(() => compile({ constructor: 1 })).toThrow('unknown setting constructor')
  })

  it('throws nothing but ImproperlyConfigured, whatever is written', () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom(...NAMED_SETTINGS.flatMap(({ name, camel, oldNames }) => [name, camel, ...oldNames]))
    )
    fc.assert(
      fc.property(fc.dictionary(keys, fc.anything()), values => {
        try {
          compile(values)
        } catch (error) {
          expect((error as { code?: string }).code).toBe('IMPROPERLY_CONFIGURED')
        }
      }),
      { numRuns: 500 }
    )
  })
})
