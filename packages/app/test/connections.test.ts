import { describe, expect, it } from '@jest/globals'
import { BrokerUrl } from '@umbel/transport'
import { backendUrlOf } from '../src/connections/backend-url.js'
import { brokerUrlOf } from '../src/connections/broker-urls.js'
import { Failover } from '../src/connections/failover.js'
import { backendOptions, brokerOptions } from '../src/connections/options.js'
import { Configuration, type Settings, type SettingsInput } from '../src/settings/index.js'

function settings(inline: SettingsInput): Settings {
  return new Configuration({ env: {}, configSource: {}, inline, warn: () => undefined }).settings
}

const read = (inline: SettingsInput): string => brokerUrlOf(settings(inline), 'read')
const write = (inline: SettingsInput): string => brokerUrlOf(settings(inline), 'write')

describe('the URL of the broker', () => {
  it('[CF-43] is a text, a text with `;`, or a list', () => {
    expect(read({ brokerUrl: 'amqp://a//' })).toBe('amqp://a//')
    expect(read({ broker_url: 'amqp://a//;amqp://b//' })).toBe('amqp://a//;amqp://b//')
    expect(read({ brokerUrl: ['redis://a', 'redis://b'] })).toBe('redis://a;redis://b')
  })

  it('is an SQLite file where nothing is set', () => {
    expect(read({})).toBe('sqlite://')
  })

  it('[CF-44] may be one for taking and one for sending', () => {
    const both = { brokerUrl: 'amqp://a', brokerReadUrl: 'amqp://r', brokerWriteUrl: 'amqp://w' }
    expect([read(both), write(both)]).toEqual(['amqp://r', 'amqp://w'])
    expect(write({ brokerUrl: 'amqp://a', brokerReadUrl: 'amqp://r' })).toBe('amqp://a')
  })

  it('[CF-45] has the scheme of broker_transport where that is set', () => {
    expect(read({ brokerUrl: 'amqp://h/0;amqp://i/0', brokerTransport: 'redis' })).toBe('redis://h/0;redis://i/0')
    expect(read({ brokerUrl: 'host:1234', brokerTransport: 'redis' })).toBe('redis://host:1234')
    expect(() => read({ brokerUrl: 'amqp://h', brokerTransport: 'a transport' })).toThrow('expected the name of')
  })

  it('[CF-46] is composed of the old settings where it is not set, whatever characters they hold', () => {
    const parts = { brokerHost: 'h', brokerPort: 99, brokerUser: 'me', brokerPassword: 'a/b@c', brokerVhost: '/v' }
    const url = BrokerUrl.parse(read(parts))
    expect(url).toMatchObject({ ...{ scheme: 'amqp', host: 'h', port: 99 }, ...{ user: 'me', vhost: '/v' } })
    expect(url.password).toBe('a/b@c')
    expect(read({ brokerTransport: 'redis' })).toBe('redis://localhost')
    expect(read({ brokerUrl: 'amqp://other', brokerHost: 'h' })).toBe('amqp://other')
  })
})

describe('the order of a list', () => {
  const urls = 'amqp://a;amqp://b;amqp://c'
  const failover = (strategy?: Settings['brokerFailoverStrategy'], random = () => 0): Failover =>
    new Failover({ urls, strategy, random })

  it('[CF-47] goes round', () => {
    const order = failover('round-robin')
    expect([order.next(), order.next(), order.next(), order.next()]).toEqual([
      'amqp://a;amqp://b;amqp://c',
      'amqp://b;amqp://c;amqp://a',
      'amqp://c;amqp://a;amqp://b',
      'amqp://a;amqp://b;amqp://c'
    ])
    expect(failover().next()).toBe(urls)
  })

  it('[CF-47] is shuffled', () => {
    const numbers = [0.9, 0.1, 0.5]
    expect(failover('shuffle', () => numbers.shift() ?? 0).next()).toBe('amqp://b;amqp://c;amqp://a')
  })

  it("[CF-47] is what a function says, kombu's endless ones too", () => {
    function* backwards(servers: readonly string[]): Generator<string> {
      for (;;) yield* [...servers].reverse()
    }
    expect(failover(backwards as never).next()).toBe('amqp://c;amqp://b;amqp://a')
    expect(failover(((servers: readonly string[]) => servers.slice(0, 1)) as never).next()).toBe('amqp://a')
    expect(() => failover((() => []) as never).next()).toThrow('the function gave no server')
  })

  it('leaves Sentinels together', () => {
    const order = new Failover({ urls: 'sentinel://a;sentinel://b', strategy: undefined, random: () => 0 })
    expect([order.next(), order.next()]).toEqual(['sentinel://a;sentinel://b', 'sentinel://a;sentinel://b'])
  })

  it('names a strategy that there is not', () => {
    expect(() => failover('random')).toThrow(
      "expected 'round-robin', 'shuffle' or a function of the list, got 'random'"
    )
  })
})

describe('the result store', () => {
  it('[CF-59] is off where a broker is set and no store, or where it says so', () => {
    expect(backendUrlOf(settings({ brokerUrl: 'amqp://' }))).toBeUndefined()
    expect(backendUrlOf(settings({ brokerHost: 'h' }))).toBeUndefined()
    expect(backendUrlOf(settings({ resultBackend: 'disabled' }))).toBeUndefined()
    expect(backendUrlOf(settings({}))).toBe('sqlite://')
    expect(backendUrlOf(settings({ brokerUrl: 'amqp://', resultBackend: 'rpc://' }))).toBe('rpc://')
  })

  it('[CF-73] named redis is composed of redis_host and its kin, and speaks TLS where they say so', () => {
    expect(backendUrlOf(settings({ resultBackend: 'redis' }))).toBe('redis://localhost:6379/0')
    const own = { redisHost: 'h', redisPort: 1, redisDb: 2, redisUsername: 'me', redisPassword: 'p@s' }
    expect(backendUrlOf(settings({ resultBackend: 'redis://', ...own }))).toBe('redis://me:p%40s@h:1/2')
    const tls = { caCerts: 'ca.pem' }
    const given = settings({ resultBackend: 'redis', redisBackendUseSsl: tls })
    expect(backendOptions(given, 'redis://h')).toMatchObject({ tls })
    expect(backendOptions(given, 'sqlite://')).not.toHaveProperty('tls')
  })

  it('[CF-76] named database is what database_url says', () => {
    const given = settings({ resultBackend: 'database', databaseUrl: 'postgresql://h/d' })
    expect(backendUrlOf(given)).toBe('postgresql://h/d')
  })
})

describe('options of a connection', () => {
  it('[CF-58] names the type of the queues that keep delays, to RabbitMQ alone', () => {
    const given = settings({ brokerNativeDelayedDeliveryQueueType: 'classic' })
    expect(brokerOptions(given, 'amqp://h').transportOptions).toEqual({ delayedQueueType: 'classic' })
    expect(brokerOptions(settings({}), 'amqps://h').transportOptions).toEqual({ delayedQueueType: 'quorum' })
    expect(brokerOptions(given, 'redis://h').transportOptions).toEqual({})
  })

  it('[CF-57][SEC-05] come from the settings', () => {
    const given = settings({ brokerUseSsl: { keyfile: 'k' }, brokerLoginMethod: 'EXTERNAL', brokerHeartbeat: 7 })
    expect(brokerOptions(given, 'redis://h')).toMatchObject({
      tls: { keyfile: 'k' },
      loginMethod: 'EXTERNAL',
      heartbeat: 7
    })
  })

  it('[CF-48] have defaults: 4 s to connect, a heartbeat of 120 s', () => {
    expect(brokerOptions(settings({}), 'redis://h')).toEqual({ timeout: 4, heartbeat: 120, transportOptions: {} })
  })

  it('pass options of the store over those of redis_*', () => {
    const given = settings({ redisSocketTimeout: 3, resultBackendTransportOptions: { socketTimeout: 5, a: 1 } })
    expect(backendOptions(given, 'redis://h').transportOptions).toMatchObject({ socketTimeout: 5, a: 1 })
    expect(backendOptions(given, 'sqlite://').transportOptions).toEqual({ socketTimeout: 5, a: 1 })
  })
})
