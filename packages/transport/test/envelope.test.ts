import { describe, expect, it } from '@jest/globals'
import { decodeEnvelope, encodeEnvelope } from '@umbel/transport/virtual'
import fc from 'fast-check'

const stored = {
  id: 'tag-1',
  exchange: 'jobs',
  routingKey: 'key',
  message: {
    headers: { task: 'tasks.add', retries: 0, eta: null },
    properties: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: 'c',
      replyTo: 'r',
      deliveryMode: 2,
      priority: 3,
      expiration: '5000',
      extra: { app_id: 'someone' }
    } as const,
    body: new TextEncoder().encode('[[1,2],{},{}]')
  }
}

const plain = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(null), fc.constant(0.25))
const headerValue = fc.oneof(plain, fc.array(plain), fc.dictionary(fc.string(), fc.array(plain)))

describe('envelope', () => {
  it('has kombu’s keys, with a base64 body', () => {
    expect(JSON.parse(encodeEnvelope(stored))).toEqual({
      body: 'W1sxLDJdLHt9LHt9XQ==',
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { task: 'tasks.add', retries: 0, eta: null },
      properties: {
        app_id: 'someone',
        correlation_id: 'c',
        reply_to: 'r',
        delivery_mode: 2,
        priority: 3,
        expiration: '5000',
        body_encoding: 'base64',
        delivery_tag: 'tag-1',
        delivery_info: { exchange: 'jobs', routing_key: 'key' }
      }
    })
  })

  it('[P-17] is JSON text that kombu reads, and kombu’s is read: body, content type and encoding, headers, properties', () => {
    const body = '[[1, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
    const kombus = {
      body: Buffer.from(body).toString('base64'),
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { lang: 'py', task: 't.add', id: 'an-id', timelimit: [null, null], argsrepr: '(1, 2)' },
      properties: {
        correlation_id: 'an-id',
        reply_to: 'c8714b00-a61c-3896-bdf3-0dd95ca12824',
        delivery_mode: 2,
        delivery_info: { exchange: '', routing_key: 'celery' },
        priority: 5,
        body_encoding: 'base64',
        delivery_tag: 'fd76714a-c7f5-48d6-8672-646a95b33f2e'
      }
    }
    const opened = decodeEnvelope(JSON.stringify(kombus))
    expect(opened).toMatchObject({ id: kombus.properties.delivery_tag, exchange: '', routingKey: 'celery' })
    expect(new TextDecoder().decode(opened.message.body)).toBe(body)
    expect(opened.message).toMatchObject({
      headers: kombus.headers,
      properties: { contentType: 'application/json', contentEncoding: 'utf-8', correlationId: 'an-id', priority: 5 }
    })
    const written = encodeEnvelope(opened)
    expect(JSON.parse(written)).toEqual(kombus)
    expect(written).toMatch(/^\{"body": "W1sx[^"]*", "content-encoding": "utf-8", /)
  })

  it('comes back as it was', () => {
    expect(decodeEnvelope(encodeEnvelope(stored))).toEqual({ ...stored, redelivered: false })
  })

  it('writes text as it is when asked, and bytes that are no text as base64', () => {
    const text = encodeEnvelope(stored, 'utf-8')
    expect(JSON.parse(text)).toMatchObject({ body: '[[1,2],{},{}]', properties: { body_encoding: 'utf-8' } })
    expect(decodeEnvelope(text).message).toEqual(stored.message)
    const binary = { ...stored, message: { ...stored.message, body: new Uint8Array([255, 254]) } }
    expect(decodeEnvelope(encodeEnvelope(binary, 'utf-8')).message.body).toEqual(new Uint8Array([255, 254]))
  })

  it('gives any bytes and any headers back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.dictionary(fc.string(), headerValue), (body, headers) => {
        const message = { ...stored.message, body, headers: { ...headers } }
        const opened = decodeEnvelope(encodeEnvelope({ ...stored, message }))
        expect(opened.problem).toBeUndefined()
        expect(JSON.stringify(opened.message.headers)).toBe(JSON.stringify(headers))
        expect(Buffer.from(opened.message.body).equals(Buffer.from(body))).toBe(true)
      })
    )
  })

  it('reads what others write: null headers, no body encoding, marks of redelivery', () => {
    const info = { exchange: '', routing_key: 'q', redelivered: true }
    const opened = decodeEnvelope(
      JSON.stringify({ body: 'grüße', headers: null, properties: { delivery_tag: 't', delivery_info: info } })
    )
    expect(opened).toMatchObject({ id: 't', exchange: '', routingKey: 'q', redelivered: true })
    expect(new TextDecoder().decode(opened.message.body)).toBe('grüße')
    expect(opened.message).toMatchObject({ headers: {}, properties: { contentType: 'application/data' } })
  })

  it.each([
    ['{"body":', 'JSON'],
    ['[]', 'the envelope must be an object'],
    ['{"body":"","headers":{}}', 'properties must be an object, got undefined'],
    ['{"body":"","properties":{"delivery_info":{"exchange":"","routing_key":""}}}', 'delivery_tag must be a string'],
    ['{"body":5,"properties":{"delivery_tag":"t","delivery_info":{"exchange":"","routing_key":""}}}', 'body must be'],
    ['null', 'got null']
  ])('keeps the bytes of %s and says what is wrong', (text, problem) => {
    const opened = decodeEnvelope(text)
    expect(opened.problem).toContain(problem)
    expect(new TextDecoder().decode(opened.message.body)).toBe(text)
  })

  it('never throws for a mutilated envelope', () => {
    const whole = encodeEnvelope(stored)
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length), fc.string({ maxLength: 5 }), (from, to, insert) => {
        const text = whole.slice(0, Math.min(from, to)) + insert + whole.slice(Math.max(from, to))
        expect(decodeEnvelope(text).message.body).toBeDefined()
      })
    )
  })
})
