import { describe, expect, it } from '@jest/globals'
import { BrokerUrl, resolveTransport, type Transport, UnknownSchemeError } from '@umbel/transport'

const redis = transport('redis', ['redis', 'rediss'])
const memory = transport('memory', ['memory'])

describe('resolveTransport', () => {
  it('[TR-02] finds the transport of a scheme, anybody’s, from text or from a parsed URL', () => {
    expect(resolveTransport('rediss://h', [memory, redis])).toBe(redis)
    expect(resolveTransport(BrokerUrl.parse('memory://x'), [memory, redis])).toBe(memory)
  })

  it('[TR-02] suggests the nearest scheme and lists the known ones', () => {
    const message = thrownBy(() => resolveTransport('reddis://:topsecret@h', [memory, redis]))
    expect(message).toContain('unknown broker scheme reddis://, did you mean redis://?')
    expect(message).toContain('memory, redis, rediss')
    expect(message).not.toContain('topsecret')
  })

  it.each([
    ['amqp', '@umbel/transport-amqp'],
    ['amqps', '@umbel/transport-amqp'],
    ['pyamqp', '@umbel/transport-amqp'],
    ['sentinel', '@umbel/transport-redis'],
    ['postgres', '@umbel/transport-sql'],
    ['postgresql', '@umbel/transport-sql'],
    ['sqlite', '@umbel/transport-sql']
  ])('names the package that knows %s', (scheme, name) => {
    expect(thrownBy(() => resolveTransport(`${scheme}://h`, [memory]))).toContain(`install ${name}`)
  })

  it('names the package of a misspelt scheme that is not installed', () => {
    expect(thrownBy(() => resolveTransport('postgress://h', [memory]))).toContain('install @umbel/transport-sql')
  })

  it('says when nothing is installed, and is not misled by names of Object', () => {
    expect(thrownBy(() => resolveTransport('kafka://h', []))).toContain('known here: none')
    expect(thrownBy(() => resolveTransport('constructor://h', [memory]))).toContain('unknown broker scheme constructor')
  })

  it('refuses alternates of another kind', () => {
    expect(thrownBy(() => resolveTransport('redis://a;memory://b', [memory, redis]))).toContain('of one kind')
    expect(resolveTransport('redis://a;rediss://b', [memory, redis])).toBe(redis)
  })
})

function thrownBy(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(UnknownSchemeError)
    return String(error)
  }
  throw new Error('nothing was thrown')
}

function transport(name: string, schemes: readonly string[]): Transport {
  const capabilities = {
    confirms: true,
    fanout: true,
    priorities: true,
    delays: true,
    atomic: true,
    prefetch: 'consumer',
    redelivers: 'on-disconnect'
  } as const
  return { name, schemes, capabilities, connect: () => Promise.reject(new Error('not in this test')) }
}
