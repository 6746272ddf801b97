import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { BrokerUrl, InvalidUrlError } from '@umbel/transport'
import fc from 'fast-check'

describe('BrokerUrl', () => {
  it('[TR-01][SEC-04] reads every part', () => {
    const url = BrokerUrl.parse('amqps://us%40er:p%2Fw@broker.example:5671/v%2Fhost?heartbeat=10&name=a+b%21')
    expect(url).toMatchObject({ scheme: 'amqps', user: 'us@er', password: 'p/w', host: 'broker.example', port: 5671 })
    expect(url).toMatchObject({
      path: '/v/host',
      vhost: 'v/host',
      query: { heartbeat: '10', name: 'a b!' },
      alternates: []
    })
  })

  it.each([
    ['amqp://localhost', undefined],
    ['amqp://localhost/', undefined],
    ['amqp://localhost//', '/'],
    ['amqp://localhost/jobs', 'jobs'],
    ['amqp://localhost/a@b', 'a@b'],
    ['sqlite:////tmp/me@work/x.db', '//tmp/me@work/x.db'.slice(1)],
    ['memory://', undefined]
  ])('[TR-01] %s has the vhost %s', (text, vhost) => {
    expect(BrokerUrl.parse(text).vhost).toBe(vhost)
  })

  it.each([
    ['redis://:p@ss:w0rd@host:6379/0', 'p@ss:w0rd'],
    ['redis://:p/a?s#s@host:6379/0', 'p/a?s#s'],
    ['redis://:p/w@host:6379/0?mail=a@b', 'p/w'],
    ['redis://user:100%@host:6379/0', '100%'],
    ['redis://:%zz%41@host:6379/0', '%zzA'],
    ['redis://:12/34@host:6379/0', '12/34'],
    ['redis://:a;b@host:6379/0', 'a;b']
  ])('%s has an odd password', (text, password) => {
    const url = BrokerUrl.parse(text)
    expect(url).toMatchObject({ password, host: 'host', port: 6379, vhost: '0' })
    expect(url.redacted).toContain(':**@host:6379/0')
  })

  it('reads IPv6 hosts and empty hosts', () => {
    expect(BrokerUrl.parse('redis://[::1]:6380/2')).toMatchObject({ host: '::1', port: 6380, vhost: '2' })
    expect(BrokerUrl.parse('redis://[::1]:6380/2').redacted).toBe('redis://[::1]:6380/2')
    expect(BrokerUrl.parse('redis+socket:///run/redis.sock?virtual_host=3')).toMatchObject({
      scheme: 'redis+socket',
      host: undefined,
      path: '/run/redis.sock',
      query: { virtual_host: '3' }
    })
  })

  it('reads lists of alternates', () => {
    const url = BrokerUrl.parse('sentinel://:one@a:26379;sentinel://:two@b:26380;')
    expect(url).toMatchObject({ host: 'a', password: 'one' })
    expect(url.alternates.map(({ host, port, password }) => [host, port, password])).toEqual([['b', 26_380, 'two']])
    expect(url.redacted).toBe('sentinel://:**@a:26379;sentinel://:**@b:26380')
  })

  it('shows no secret, however it is printed', () => {
    const url = BrokerUrl.parse('redis://me:topsecret@h:1/0?password=topsecret&ssl=1&auth_token=topsecret')
    const shown = [
      String(url),
      `${url.redacted}`,
      JSON.stringify({ url }),
      inspect({ url }, { depth: 9, showHidden: true })
    ]
    for (const text of shown) expect(text).not.toContain('topsecret')
    expect(url.redacted).toBe('redis://me:**@h:1/0?password=**&ssl=1&auth_token=**')
  })

  it.each([
    'topsecret',
    'me:topsecret@host',
    '://topsecret',
    'redis://me:topsecret@host:port',
    'redis://me:topsecret@host:0',
    'redis://me:topsecret@host:70000',
    'redis://me:12/topsecret@host',
    'redis://me:topsecret@a;b',
    'redis://me:topsecret@::1:6379'
  ])('refuses %s without quoting it', text => {
    let thrown: unknown
    try {
      BrokerUrl.parse(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidUrlError)
    expect(String(thrown)).not.toContain('topsecret')
  })

  it('refuses what is no string', () => {
    expect(() => BrokerUrl.parse(undefined as unknown as string)).toThrow('must be a string, got undefined')
  })

  it('gives any encoded password back, and never shows it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }), (password, vhost) => {
        const encoded = encodeURIComponent(password)
        const url = BrokerUrl.parse(`redis://u:${encoded}@host:6379/${encodeURIComponent(vhost)}`)
        expect(url.password).toBe(password)
        expect(url.vhost ?? '').toBe(vhost)
        expect(url.redacted).toBe(`redis://u:**@host:6379/${encodeURIComponent(vhost)}`)
      })
    )
  })

  it('never throws anything but InvalidUrlError, which quotes no password', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (password, rest) => {
        const marked = `${password}topsecret`
        try {
          expect(BrokerUrl.parse(`redis://u:${marked}@host${rest}`)).toBeInstanceOf(BrokerUrl)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidUrlError)
          expect(String(error)).not.toContain('topsecret')
        }
      })
    )
  })
})
