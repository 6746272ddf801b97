import { describe, expect, it } from '@jest/globals'
import {
  ContentDisallowedError,
  DecodeError,
  decodeJson,
  encodeJson,
  formatTime,
  InvalidTaskError,
  type Message,
  normalizeSignature,
  parseTask,
  type TaskCall,
  UnknownMessageError,
  writeTask,
  writeTaskV1
} from '../src/index.js'
import { call, codecs, headers, thrownBy } from './fixtures.js'

const JSON_TYPE = { contentType: 'application/json', contentEncoding: 'utf-8' }
const signature = (task: string) => normalizeSignature({ task })

function body(message: Message): unknown {
  return decodeJson(Buffer.from(message.body).toString())
}

function message(headersOf: Record<string, unknown>, content: unknown, properties = JSON_TYPE): Message {
  return {
    headers: headersOf,
    properties,
    body: Buffer.from(typeof content === 'string' ? content : encodeJson(content))
  }
}

describe('writing protocol 2', () => {
  it('[P-01] headers lang, task, id, root_id, parent_id, group, group_index, shadow', () => {
    const over = { rootId: 'root', parentId: 'parent', group: 'gid', groupIndex: 3, shadow: 'shown' }
    const written = writeTask(call({ headers: headers(over) }), codecs).headers
    expect(written).toMatchObject({ lang: 'js', task: 't.add', id: 'id-1', root_id: 'root', parent_id: 'parent' })
    expect(written).toMatchObject({ group: 'gid', group_index: 3, shadow: 'shown' })
    expect(parseTask(writeTask(call({ headers: headers(over) }), codecs), codecs).headers).toMatchObject(over)
    expect(writeTask(call({ headers: headers({ rootId: '' }) }), codecs).headers['root_id']).toBe('id-1')
  })

  it('[P-02] headers eta, expires, retries, timelimit, argsrepr, kwargsrepr, origin, ignore_result, nesting', () => {
    const over = {
      eta: formatTime(1_795_227_225_952),
      expires: formatTime(0),
      retries: 2,
      timelimit: [30, 20] as const,
      argsrepr: '(1,)',
      kwargsrepr: "{'a': 1}",
      origin: 'gen7@box',
      ignoreResult: null,
      replacedTaskNesting: 1
    }
    const written = writeTask(call({ headers: headers(over) }), codecs)
    expect(written.headers).toMatchObject({
      eta: '2026-11-21T02:13:45.952000+00:00',
      expires: '1970-01-01T00:00:00+00:00',
      retries: 2,
      timelimit: [30, 20],
      argsrepr: '(1,)',
      kwargsrepr: "{'a': 1}",
      origin: 'gen7@box',
      ignore_result: null,
      replaced_task_nesting: 1
    })
    expect(parseTask(written, codecs).headers).toMatchObject(over)
  })

  it('[P-03] stamped_headers, stamps, and user headers at top level', () => {
    const over = {
      stampedHeaders: ['customer'],
      stamps: { customer: 'acme' },
      custom: { tenant: 7, nested: { a: [1] } }
    }
    const written = writeTask(call({ headers: headers(over) }), codecs)
    expect(written.headers).toMatchObject({ stamped_headers: ['customer'], stamps: { customer: 'acme' }, tenant: 7 })
    expect(parseTask(written, codecs).headers).toMatchObject(over)
  })

  it('[P-04] the body is [args, kwargs, embed] with all four keys (trap 1)', () => {
    const embed = { callbacks: [signature('a')], errbacks: [signature('b')], chain: null, chord: signature('c') }
    const written = writeTask(call({ args: [1], kwargs: { y: 2 }, embed }), codecs)
    expect(body(written)).toEqual([[1], { y: 2 }, embed])
    expect(body(writeTask(call(), codecs))).toEqual([
      [1, 2],
      {},
      { callbacks: null, errbacks: null, chain: null, chord: null }
    ])
    expect(parseTask(written, codecs).decodeBody()).toEqual({ args: [1], kwargs: { y: 2 }, embed })
  })

  it('[P-05] properties correlation_id, reply_to, content type and encoding, delivery_mode, priority', () => {
    expect(
      writeTask(call({ replyTo: 'oid', priority: 5, deliveryMode: 1, expiration: '500' }), codecs).properties
    ).toEqual({
      ...JSON_TYPE,
      correlationId: 'id-1',
      replyTo: 'oid',
      deliveryMode: 1,
      priority: 5,
      expiration: '500'
    })
    expect(writeTask(call(), codecs).properties).toMatchObject({ replyTo: '', deliveryMode: 2, priority: 0 })
    expect(parseTask(writeTask(call({ replyTo: 'oid' }), codecs), codecs)).toMatchObject({
      correlationId: 'id-1',
      replyTo: 'oid'
    })
  })

  it('[P-06] hands on the rest of a chain reversed: the next step is the last element', () => {
    const chain = [signature('third'), signature('second')]
    const read = parseTask(writeTask(call({ embed: { ...call().embed, chain } }), codecs), codecs).decodeBody()
    expect(read.embed.chain?.at(-1)?.task).toBe('second')
  })

  it('names the argument that cannot be serialized', () => {
    const bad = [1, { user: { id: 2 ** 60 } }]
    expect(() => writeTask(call({ args: bad }), codecs)).toThrow(/^args\[1\]\.user\.id cannot be serialized/)
    expect(() => writeTask(call({ kwargs: { f: () => 1 } }), codecs)).toThrow(/^kwargs\.f cannot/)
    const chord = { ...signature('x'), args: [() => 1] }
    expect(() => writeTask(call({ embed: { ...call().embed, chord } }), codecs)).toThrow(/^chord\.args\[0\] cannot/)
    expect(() => writeTaskV1(call({ args: bad }), codecs)).toThrow(/^args\[1\]\.user\.id cannot/)
  })

  it('refuses what would stop a Python worker: no id, no task (trap 2)', () => {
    for (const over of [{ id: '' }, { task: '' }, { id: undefined as unknown as string }])
      expect(thrownBy(() => writeTask(call({ headers: headers(over) }), codecs))).toBeInstanceOf(InvalidTaskError)
  })

  it('names the known serializers and compressions', () => {
    expect(() => writeTask(call({ serializer: 'jsno' }), codecs)).toThrow(
      'unknown serializer "jsno"; known: json, text, raw, yaml, msgpack'
    )
    expect(() => writeTask(call({ compression: 'lzma' }), codecs)).toThrow(
      /unknown compression "lzma"; known: zlib, gzip, brotli/
    )
  })
})

describe('protocol 1', () => {
  it('[P-07] keeps everything in the body', () => {
    const over = {
      group: 'gid',
      groupIndex: 1,
      retries: 1,
      eta: formatTime(0),
      expires: formatTime(1000),
      timelimit: [5, 4] as const
    }
    const embed = { callbacks: [signature('a')], errbacks: null, chain: null, chord: signature('c') }
    const written = writeTaskV1(call({ headers: headers(over), kwargs: { y: 2 }, embed, replyTo: 'oid' }), codecs)
    expect(written.headers).toEqual({})
    expect(body(written)).toEqual({
      task: 't.add',
      id: 'id-1',
      args: [1, 2],
      kwargs: { y: 2 },
      group: 'gid',
      group_index: 1,
      retries: 1,
      eta: '1970-01-01T00:00:00+00:00',
      expires: '1970-01-01T00:00:01+00:00',
      utc: true,
      callbacks: [signature('a')],
      errbacks: null,
      timelimit: [5, 4],
      taskset: 'gid',
      chord: signature('c')
    })
    const read = parseTask(written, codecs)
    expect(read).toMatchObject({
      protocol: 1,
      correlationId: 'id-1',
      replyTo: 'oid',
      headers: { ...over, argsrepr: '(1, 2)' }
    })
    expect(read.decodeBody()).toEqual({ args: [1, 2], kwargs: { y: 2 }, embed })
  })

  it('refuses to drop a chain', () => {
    const embed = { ...call().embed, chain: [signature('next')] }
    expect(() => writeTaskV1(call({ embed }), codecs)).toThrow(/protocol 1 has no chain/)
  })
})

describe('reading', () => {
  it('[P-08] accepts protocol 2, protocol 1 and the hybrid form', () => {
    const v2 = parseTask(message({ task: 't.add', id: 'x' }, [[1], {}, {}]), codecs)
    const v1 = parseTask(message({}, { task: 't.add', id: 'x', args: [1], kwargs: {}, taskset: 'gid' }), codecs)
    const both = { task: 'old', id: 'x', args: [1], kwargs: {}, retries: 3, chord: signature('c') }
    const hybrid = parseTask(message({ task: 't.add', shadow: 'shown' }, both), codecs)
    expect(v2).toMatchObject({ protocol: 2, headers: { task: 't.add', id: 'x', rootId: 'x', retries: 0 } })
    expect(v1).toMatchObject({ protocol: 1, headers: { group: 'gid', argsrepr: '(1,)', kwargsrepr: '{}' } })
    expect(hybrid.headers).toMatchObject({ task: 't.add', id: 'x', retries: 3, shadow: 'shown' })
    expect(hybrid.decodeBody()).toMatchObject({ args: [1], embed: { chord: { task: 'c' }, chain: null } })
    expect([v2, v1].map(task => task.decodeBody().args)).toEqual([[1], [1]])
  })

  it('takes a compressed hybrid too', () => {
    const { body: plain, properties } = message({}, { task: 't.add', id: 'x', args: [1], kwargs: {} })
    const compression = 'application/x-gzip'
    const compressed = codecs.compressions.byName('gzip').compress(plain)
    for (const headersOf of [{ task: 't.add', compression }, { task: 't.add', id: 'x', compression }, { compression }])
      expect(parseTask({ headers: headersOf, properties, body: compressed }, codecs).decodeBody().args).toEqual([1])
  })

  it('[P-09] ignores unknown headers and body keys, and keeps the headers as the user’s', () => {
    const v2 = parseTask(
      message({ task: 't', id: 'x', future: 1, hostname: 'h', meth: 'm' }, [[], {}, { future: 1 }]),
      codecs
    )
    expect(v2.headers.custom).toEqual({ future: 1 })
    expect(v2.decodeBody().embed).toEqual({ callbacks: null, errbacks: null, chain: null, chord: null })
    const v1 = parseTask(message({ tenant: 1 }, { task: 't', id: 'x', args: [], kwargs: {}, future: 1 }), codecs)
    expect(v1.headers.custom).toEqual({ tenant: 1 })
  })

  it('[P-10] reads times without a zone as UTC, and as local where protocol 1 says utc: false', () => {
    const naive = '2026-11-21T02:13:45'
    const v1 = (utc: unknown) =>
      parseTask(message({}, { task: 't', id: 'x', args: [], kwargs: {}, eta: naive, expires: naive, utc }), codecs)
    const { headers: local } = v1(false)
    expect(Date.parse(local.eta as string)).toBe(new Date(2026, 10, 21, 2, 13, 45).getTime())
    expect(local.expires).toBe(local.eta)
    expect(local.eta).toMatch(/[-+]\d\d:\d\d$/)
    expect(v1(true).headers.eta).toBe(naive)
    expect(parseTask(message({ task: 't', id: 'x', eta: naive }, [[], {}, {}]), codecs).headers.eta).toBe(naive)
  })

  it('fills in what is missing', () => {
    const read = parseTask(message({ task: 't', id: 'x' }, '[[1], {}, null]'), codecs)
    expect(read.headers).toEqual({
      ...headers(),
      lang: '',
      task: 't',
      id: 'x',
      rootId: 'x',
      argsrepr: '',
      origin: '',
      kwargsrepr: '',
      ignoreResult: null
    })
    expect(read).toMatchObject({ correlationId: 'x', replyTo: '' })
  })

  it('decodes the body when asked, and once', () => {
    const read = parseTask(message({ task: 't', id: 'x' }, '[[1], {}, {}'), codecs)
    expect(thrownBy(() => read.decodeBody())).toBeInstanceOf(DecodeError)
    const good = parseTask(message({ task: 't', id: 'x' }, '[[1], {}, {}]'), codecs)
    expect(good.decodeBody()).toBe(good.decodeBody())
  })

  it('takes one signature for a list of one, and fills in its keys (traps 4 and 24)', () => {
    const embed = {
      callbacks: { task: 'a', args: [] },
      errbacks: [{ task: 'b' }],
      chain: [{ task: 'c', args: [], kwargs: {} }]
    }
    expect(parseTask(message({ task: 't', id: 'x' }, [[], {}, embed]), codecs).decodeBody().embed).toEqual({
      callbacks: [signature('a')],
      errbacks: [signature('b')],
      chain: [signature('c')],
      chord: null
    })
  })

  it('[P-14][SEC-07] refuses a content type that is not accepted before touching the bytes', () => {
    const untouchable = new Proxy(new Uint8Array(1), {
      get: () => {
        throw new Error('touched')
      }
    })
    const pickle = { contentType: 'application/x-python-serialize', contentEncoding: 'binary' }
    const error = thrownBy(() =>
      parseTask({ headers: { task: 't', id: 'x' }, properties: pickle, body: untouchable }, codecs)
    )
    expect(error).toBeInstanceOf(ContentDisallowedError)
    expect(error.message).toMatch(
      /"application\/x-python-serialize" is refused: accept_content allows application\/json\. Pickle runs code/
    )
    const charset = { ...JSON_TYPE, contentType: 'application/json; charset=utf-8' }
    expect(thrownBy(() => parseTask(message({ task: 't', id: 'x' }, '[]', charset), codecs))).toBeInstanceOf(
      ContentDisallowedError
    )
  })

  const wrongHeaders: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ id: undefined }, /id must be text, got undefined/],
    [{ id: 5 }, /id must be text, got 5/],
    [{ task: 5 }, /task must be text, got 5/],
    [{ eta: 'tomorrow' }, /message of task t \(x\): eta must be an ISO 8601 time or null, got "tomorrow"/],
    [{ eta: 1_795_227_225 }, /eta must be/],
    [{ expires: 60 }, /expires must be an ISO 8601 time or null, got 60/],
    [{ retries: 'two' }, /retries must be an integer or null, got "two"/],
    [{ retries: 1.5 }, /retries must be an integer/],
    [{ timelimit: [1] }, /timelimit must be \[hard, soft\] in seconds, got an array of 1/],
    [{ timelimit: ['a', null] }, /timelimit must be/],
    [{ group: {} }, /group must be text or null, got an object/],
    [{ ignore_result: 'yes' }, /ignore_result must be true, false or null/],
    [{ stamped_headers: 'a' }, /stamped_headers must be a list of names/],
    [{ stamps: [] }, /stamps must be an object/]
  ]
  for (const [over, expected] of wrongHeaders)
    it(`refuses the header ${JSON.stringify(over)}`, () => {
      const error = thrownBy(() => parseTask(message({ task: 't', id: 'x', ...over }, [[], {}, {}]), codecs))
      expect(error).toBeInstanceOf(InvalidTaskError)
      expect(error.message).toMatch(expected)
    })

  const wrongBodies: readonly (readonly [unknown, RegExp])[] = [
    [[[], {}], /body must be \[args, kwargs, embed\], got an array of 2/],
    ['5', /body must be/],
    ['{}', /body must be/],
    [[null, {}, {}], /args must be an array, got null/],
    [[[], null, {}], /kwargs must be an object, got null/],
    [[[], [], {}], /kwargs must be an object, got an array of 0/],
    [[[], {}, []], /embed must be an object or null/],
    [
      [[], {}, { chain: [{ task: 't', options: 5 }] }],
      /embed\.chain\[0\]: signature\.options must be an object, got 5/
    ],
    [[[], {}, { chord: 'x' }], /embed\.chord: the signature must be an object, got "x"/],
    [{ args: null, kwargs: {} }, /args must be an array/]
  ]
  for (const [content, expected] of wrongBodies)
    it(`refuses the body ${JSON.stringify(content)}`, () => {
      const error = thrownBy(() => parseTask(message({ task: 't', id: 'x' }, content), codecs).decodeBody())
      expect(error).toBeInstanceOf(InvalidTaskError)
      expect(error.message).toMatch(expected)
    })

  it('says what is no task message', () => {
    for (const content of ['[]', '5', 'null', '{"method": "ping"}', '"text"'])
      expect(thrownBy(() => parseTask(message({}, content), codecs))).toBeInstanceOf(UnknownMessageError)
    expect(() => parseTask(message({}, '{"method": "ping"}'), codecs)).toThrow(
      /no header task, and the body is an object/
    )
  })

  it('says that a compression is unknown, or that its data is none', () => {
    for (const compression of ['application/x-lzma', 'application/x-gzip', 7])
      expect(
        thrownBy(() => parseTask(message({ task: 't', id: 'x', compression }, '[]'), codecs).decodeBody())
      ).toBeInstanceOf(DecodeError)
  })

  it('reads large integers of header tables', () => {
    expect(parseTask(message({ task: 't', id: 'x', retries: 2n }, [[], {}, {}]), codecs).headers.retries).toBe(2)
  })
})

describe('writing and reading', () => {
  it('[P-16] compresses after serialization; gzip and zlib are one deflate codec named application/x-gzip', () => {
    for (const compression of ['gzip', 'zlib', 'application/x-gzip']) {
      const written = writeTask(call({ compression }), codecs)
      expect(written.headers['compression']).toBe('application/x-gzip')
      expect(Buffer.from(written.body.subarray(0, 2)).toString('hex')).toBe('789c')
      expect(parseTask(written, codecs).decodeBody()).toEqual(parseTask(writeTask(call(), codecs), codecs).decodeBody())
    }
  })

  it('gives a retried message what it came with', () => {
    const first = parseTask(
      writeTask(call({ headers: headers({ custom: { tenant: 1 }, ignoreResult: true }) }), codecs),
      codecs
    )
    const again: TaskCall = { ...call(), ...first.decodeBody(), headers: { ...first.headers, retries: 1 } }
    expect(parseTask(writeTask(again, codecs), codecs).headers).toEqual({ ...first.headers, retries: 1 })
  })
})
