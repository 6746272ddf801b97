import { describe, expect, it } from '@jest/globals'
import { readTargets, type TargetOptions } from '@umbel/redis'

const none: TargetOptions = { masterName: undefined, sentinelPassword: undefined, tls: false }
const read = (url: string, options: Partial<TargetOptions> = {}) => readTargets(url, { ...none, ...options })

describe('readTargets', () => {
  it('fills in what a URL leaves out, and shows no password', () => {
    expect(read('redis://')).toEqual([
      { url: 'redis://', database: 0, options: { db: 0, host: 'localhost', port: 6379 } }
    ])
    const [target] = read('redis://me:a%40b@h:1/2')
    expect(target).toEqual({
      url: 'redis://me:**@h:1/2',
      database: 2,
      options: { db: 2, username: 'me', password: 'a@b', host: 'h', port: 1 }
    })
  })

  it('reads unix sockets, and lists in their order', () => {
    expect(read('redis+socket:///run/r.sock?virtual_host=3')[0]?.options).toEqual({ db: 3, path: '/run/r.sock' })
    expect(read('socket:///run/r.sock')[0]?.options).toEqual({ db: 0, path: '/run/r.sock' })
    expect(read('redis://a/0;redis://b/1').map(({ options }) => [options.host, options.db])).toEqual([
      ['a', 0],
      ['b', 1]
    ])
  })

  it('speaks TLS where the scheme or the setting says so', () => {
    expect(read('rediss://h')[0]?.options.tls).toEqual({ servername: 'h' })
    expect(read('redis://h', { tls: { cert_reqs: 'none' } })[0]?.options.tls).toMatchObject({
      rejectUnauthorized: false
    })
    expect(read('rediss://h?ssl_cert_reqs=none')[0]?.options.tls).toMatchObject({ rejectUnauthorized: false })
    expect(() => read('redis://h', { tls: { keyfil: 'x' }, tlsSetting: 'mine' })).toThrow('mine.keyfil: no such option')
  })

  it('[TR-15] makes one place of Sentinels, which need the name of the master', () => {
    const url = 'sentinel://:secret@a:1/4;sentinel://b'
    expect(() => read(url)).toThrow("needs the transport option 'master_name'")
    const [target, ...others] = read(url, { masterName: 'mymaster', sentinelPassword: 'theirs' })
    expect(others).toEqual([])
    expect(target?.options).toMatchObject({ db: 4, password: 'secret', sentinelPassword: 'theirs', name: 'mymaster' })
    expect(target?.options.sentinels).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 26_379 }
    ])
  })

  it('names a database that is none', () => {
    expect(() => read('redis://h/zero')).toThrow("expected the number of a database, got 'zero'")
  })
})
