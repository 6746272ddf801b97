import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { Configuration, daemonOptions, maskPasswords, type SettingsInput } from '../src/settings/index.js'

function configured(inline: SettingsInput, warn: (message: string) => void = () => undefined): Configuration {
  return new Configuration({ env: {}, configSource: {}, inline, warn })
}

describe('helpers of conf', () => {
  it('[A-22] tells what was set, as a table and in words', () => {
    const conf = configured({ taskAcksLate: true, taskTimeLimit: 5 })
    expect(conf.table()).toEqual({ task_acks_late: true, task_time_limit: 5 })
    expect(conf.humanize()).toBe('task_acks_late: true\ntask_time_limit: 5')
    expect(conf.withoutDefaults()).toEqual({ taskAcksLate: true, taskTimeLimit: 5 })
    expect(conf.humanize({ withDefaults: true })).toContain("task_default_queue: 'celery'")
    expect(conf.table({ withDefaults: true })).toMatchObject({ task_acks_late: true, enable_utc: true })
    expect([conf.valueSetFor('task_acks_late'), conf.valueSetFor('enableUtc')]).toEqual([true, false])
  })

  it('[A-22] shows secrets only when asked to', () => {
    const conf = configured({ brokerUrl: 'amqp://me:hunter2@host//' })
    expect(conf.table({ censored: false })).toEqual({ broker_url: 'amqp://me:hunter2@host//' })
    expect(conf.humanize({ censored: true })).not.toContain('hunter2')
  })

  it('[A-22] finds settings by short names and by parts', () => {
    const conf = configured({ workerConcurrency: 3 })
    expect(conf.findOption('concurrency', 'worker')).toMatchObject({ namespace: 'worker', key: 'concurrency' })
    expect(conf.findOption('disable_rate_limits')).toMatchObject({ namespace: 'worker', key: 'disable_rate_limits' })
    expect(conf.findOption('timezone')).toMatchObject({ namespace: undefined, key: 'timezone' })
    expect(conf.findOption('WORKER_CONCURRENCY')).toMatchObject({ key: 'worker_concurrency' })
    expect(() => conf.findOption('concurrencyy')).toThrow('unknown setting concurrencyy')
    expect(conf.findValueForKey('concurrency')).toBe(3)
    expect(conf.getByParts('worker', 'concurrency')).toBe(3)
    expect(conf.getByParts(undefined, 'timezone')).toBe('UTC')
    expect(() => conf.getByParts('worker', 'nothing')).toThrow('unknown setting worker_nothing')
    expect(conf.first('task_time_limit', 'workerConcurrency')).toBe(3)
    expect(conf.first('task_time_limit')).toBeUndefined()
  })

  it('[A-22] reads the configuration when finalized', () => {
    let reads = 0
    const source = {
      get taskAcksLate(): boolean {
        reads++
        return true
      }
    }
    const conf = new Configuration({ env: {}, configSource: source })
    expect(reads).toBe(0)
    conf.finalize()
    expect(reads).toBe(1)
  })

  it('[A-22] warns of each outdated name', () => {
    const warnings: string[] = []
    const conf = configured({ CELERY_ACKS_LATE: true, BROKER_URL: 'redis://h' }, message => warnings.push(message))
    expect(conf.maybeWarnDeprecatedSettings()).toBe(true)
    expect(warnings).toEqual([
      expect.stringContaining('CELERY_ACKS_LATE has an old name, call it task_acks_late'),
      expect.stringContaining('BROKER_URL has an old name, call it broker_url')
    ])
    const leaving = configured({ task_acks_on_failure_or_timeout: false }, message => warnings.push(message))
    expect(leaving.maybeWarnDeprecatedSettings()).toBe(true)
    expect(warnings.at(-1)).toContain('use task_acks_on_failure and task_acks_on_timeout instead')
    expect(configured({ taskAcksLate: true }).maybeWarnDeprecatedSettings()).toBe(false)
  })

  it('[A-23][SEC-16] censors secrets by name and passwords inside URLs', () => {
    const conf = configured({
      brokerUrl: 'amqp://me:hun@/ter2@host//;redis://:hunter2@other/0',
      resultBackend: 'redis://host/0?password=hunter2&db=1',
      brokerTransportOptions: {
        api: 'hunter2',
        accessToken: 'hunter2',
        secret: 'hunter2',
        password: 'hunter2',
        nested: {
          PROFANITIES_LIST: 'hunter2',
          signature: 'hunter2',
          database: 'hunter2',
          BEAT_DBURI: 'hunter2',
          key: 'hunter2'
        },
        urls: ['redis://a:hunter2@h'],
        safe: 'shown'
      }
    })
    for (const text of [conf.humanize(), inspect(conf), JSON.stringify(conf.table())]) {
      expect(text).not.toContain('hunter2')
      expect(text).not.toContain('ter2')
      expect(text).toContain('shown')
    }
    expect(conf.table()['broker_url']).toBe('amqp://me:********@host//;redis://:********@other/0')
    expect(conf.brokerUrl).toContain('hunter2')
    expect(maskPasswords('redis://localhost:6379/0')).toBe('redis://localhost:6379/0')
    expect(maskPasswords('amqp://guest@localhost//')).toBe('amqp://guest@localhost//')
  })

  it('[A-50] reads what a daemon asks for by name', () => {
    for (const program of ['worker', 'beat', 'events'] as const) {
      const values = {
        [`${program}_logfile`]: '/var/log/x.log',
        [`${program}_pidfile`]: '/run/x.pid',
        [`${program}_uid`]: 'celery',
        [`${program}_gid`]: 33,
        [`${program}_umask`]: '022',
        [`${program}_executable`]: '/usr/bin/node'
      }
      const conf = new Configuration({ env: {}, configSource: values })
      expect(daemonOptions(conf.settings, program)).toEqual({
        logfile: '/var/log/x.log',
        pidfile: '/run/x.pid',
        uid: 'celery',
        gid: 33,
        umask: '022',
        executable: '/usr/bin/node'
      })
      expect(daemonOptions(configured({}).settings, program).logfile).toBeUndefined()
    }
  })
})
