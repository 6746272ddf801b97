import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  acceptSet,
  builtInCompressions,
  type Compression,
  ContentDisallowedError,
  createCompressions,
  createSerializers,
  Decimal,
  DecodeError,
  decodeJson,
  defaultCompressions,
  defaultSerializers,
  EncodedJson,
  EncodeError,
  encodeJson,
  jsonSerializer,
  parseTask,
  PlainDate,
  type Serializer,
  UnknownCompressionError,
  UnknownSerializerError,
  writeTask
} from '../src/index.js'
import { optionalPackage } from '../src/serializers/library.js'
import { call, codecs, thrownBy, vectors } from './fixtures.js'

/** JSON backwards: a serializer that nobody else has. */
const backwards: Serializer = {
  name: 'backwards',
  contentType: 'application/x-backwards',
  contentEncoding: 'binary',
  encode: value => Buffer.from(jsonSerializer.encode(value)).reverse(),
  decode: body => jsonSerializer.decode(Buffer.from(body).reverse())
}

/** Every byte flipped. */
const flip = (body: Uint8Array): Uint8Array => body.map(byte => byte ^ 0xff)
const flipping: Compression = {
  name: 'flip',
  aliases: ['flop'],
  contentType: 'application/x-flip',
  compress: flip,
  decompress: flip
}

describe('serializers', () => {
  it('[P-13] registers one by name, encoder, decoder, type and encoding, and allows only some', () => {
    const serializers = createSerializers([jsonSerializer]).with(backwards)
    const ours = { ...codecs, serializers, accept: serializers.acceptSet(['backwards']) }
    const written = writeTask(call({ serializer: 'backwards' }), ours)
    expect(written.properties).toMatchObject({ contentType: 'application/x-backwards', contentEncoding: 'binary' })
    expect(parseTask(written, ours).decodeBody().args).toEqual([1, 2])
    expect(thrownBy(() => parseTask(writeTask(call(), ours), ours))).toBeInstanceOf(ContentDisallowedError)
    expect(serializers.only(['json']).names).toEqual(['json'])
    expect(() => serializers.only(['json']).byName('backwards')).toThrow('unknown serializer "backwards"; known: json')
    expect(serializers.names).toEqual(['json', 'backwards'])
  })

  it('replaces one of the same name', () => {
    const mine = { ...backwards, name: 'json' }
    expect(defaultSerializers.with(mine).byName('json')).toBe(mine)
    expect(defaultSerializers.byName('json')).toBe(jsonSerializer)
  })

  it('forgets the content type of the one it replaced', () => {
    const mine = { ...backwards, name: 'json' }
    expect(defaultSerializers.with(mine).only(['json']).names).toEqual(['json'])
    expect(thrownBy(() => defaultSerializers.with(mine).byName('application/json'))).toBeInstanceOf(
      UnknownSerializerError
    )
  })

  it('turns names and content types into an accept set', () => {
    expect([...acceptSet(['json', 'text', 'application/x-other'])]).toEqual([
      'application/json',
      'text/plain',
      'application/x-other'
    ])
    expect(thrownBy(() => acceptSet(['jsno']))).toBeInstanceOf(UnknownSerializerError)
    expect(() => acceptSet(['pickle'])).toThrow(
      /unknown serializer "pickle"; known: json, text, raw, yaml, msgpack. Pickle runs code/
    )
  })

  it('hands raw bytes and text on as they are', () => {
    const accept = acceptSet(['json', 'text'])
    const decode = (body: Uint8Array, type: string, encoding: string) =>
      defaultSerializers.decode(body, type, encoding, accept)
    const bytes = Buffer.from('é')
    expect(decode(bytes, 'application/data', 'binary')).toBe(bytes)
    expect(decode(bytes, 'text/plain', 'utf-8')).toBe('é')
    expect(decode(bytes, 'application/text', 'utf-8')).toBe('é')
    expect(decode(Buffer.from([0xe9]), 'application/text', 'latin1')).toBe('é')
    expect(decode(bytes, 'application/text', 'binary')).toBe(bytes)
    expect(thrownBy(() => decode(Buffer.from([0xff]), 'text/plain', 'utf-8'))).toBeInstanceOf(DecodeError)
    expect(thrownBy(() => decode(bytes, 'application/text', 'klingon'))).toBeInstanceOf(DecodeError)
  })

  it('writes text and bytes, and refuses the rest', () => {
    expect(defaultSerializers.byName('text').encode('é')).toEqual(Buffer.from('é'))
    expect(defaultSerializers.byName('raw').encode('é')).toEqual(Buffer.from('é'))
    expect(defaultSerializers.byName('raw').encode(Buffer.from('x'))).toEqual(Buffer.from('x'))
    for (const name of ['text', 'raw'])
      expect(thrownBy(() => defaultSerializers.byName(name).encode({}))).toBeInstanceOf(EncodeError)
  })
})

interface SerializerCase {
  readonly serializer: string
  readonly name: string
  /** kombu's JSON of it. */
  readonly value: string
  readonly data: string
}

describe.each(vectors<SerializerCase>('serializers'))('$serializer, $name', ({ serializer, value, data }) => {
  const { encode, decode } = defaultSerializers.byName(serializer)
  const expected = decodeJson(value)

  it('is read as kombu wrote it', () => {
    expect(decode(Buffer.from(data, 'base64'))).toEqual(expected)
  })

  it('is written so that it is read again', () => {
    expect(decode(encode(expected))).toEqual(expected)
  })
})

describe.each(['yaml', 'msgpack'])('%s', name => {
  const { encode, decode, contentType } = defaultSerializers.byName(name)

  it('writes what has a JSON form as that form, and names what it cannot write', () => {
    const value = { at: { toJSON: () => 'now' }, result: new EncodedJson('[1, "é"]') }
    expect(decode(encode(value))).toEqual({ at: 'now', result: [1, 'é'] })
    expect(() => encode({ price: [new Decimal('1.10')] })).toThrow(/^price\[0\] cannot be serialized: Decimal has no /)
  })

  it('is refused unless it is accepted', () => {
    const body = encode([1])
    expect(thrownBy(() => defaultSerializers.decode(body, contentType, 'binary', acceptSet(['json'])))).toBeInstanceOf(
      ContentDisallowedError
    )
    expect(defaultSerializers.decode(body, contentType, 'binary', acceptSet([name]))).toEqual([1])
  })

  it('reads any bytes, or throws a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array(), body => {
        try {
          decode(body)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      })
    )
  })

  it('gives back what it wrote', () => {
    const value = fc.object({
      key: fc.string().filter(key => key !== '__proto__'),
      values: [fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.double({ noInteger: true }), fc.boolean()]
    })
    fc.assert(fc.property(value, given => expect(decode(encode(given))).toEqual(decodeJson(encodeJson(given)))))
  })
})

describe('yaml beside PyYAML', () => {
  const { encode, decode } = defaultSerializers.byName('yaml')

  it('reads as text what PyYAML writes as text without quotes, and as numbers what it writes as numbers', () => {
    const text = ['1e3', '-.5', '+.5', '1E5', '0o7', 'y', 'N', '09', '-.5e3']
    expect(decode(Buffer.from(text.map(each => `- ${each}\n`).join('')))).toEqual(text)
    const numbers = Buffer.from('[1.5, -1.0e-07, .5, 6.02e+23, .inf, -.inf, 12, -3, 0x1F, 017, 9007199254740993]')
    expect(decode(numbers)).toEqual([1.5, -1e-7, 0.5, 6.02e23, Infinity, -Infinity, 12, -3, 31, 15, 9007199254740993n])
  })

  it('reads moments of the first century', () => {
    expect(decode(Buffer.from('[0029-12-22 02:34:00.028000+00:00, 0001-01-02]'))).toEqual([
      new Date('0029-12-22T02:34:00.028Z'),
      new PlainDate(1, 1, 2)
    ])
  })

  it('writes no text without quotes: PyYAML would refuse or change `=` and `<<`, and drop the message', () => {
    const value = { '<<': ['=', '<<', 'plain', '1_000'], '=': '~' }
    expect(encode(value).toString()).toBe('"<<":\n  - "="\n  - "<<"\n  - "plain"\n  - "1_000"\n"=": "~"\n')
    expect(decode(encode(value))).toEqual(value)
  })
})

it('says which package a serializer needs', () => {
  expect(() => optionalPackage('the serializer nope', '@umbel/no-such-package')()).toThrow(
    'the serializer nope needs the package @umbel/no-such-package: npm install @umbel/no-such-package'
  )
})

it('msgpack has no dates', () => {
  expect(() => defaultSerializers.byName('msgpack').encode([new Date()])).toThrow(
    '[0] cannot be serialized: Date has no'
  )
})

it('msgpack refuses to write the key that it could not read', () => {
  const body: unknown = JSON.parse('[{"__proto__": 1}]')
  expect(() => defaultSerializers.byName('msgpack').encode(body)).toThrow(/\[0\]\.__proto__.*cannot be read back/)
})

describe('compressions', () => {
  it('[P-15] registers one with aliases', () => {
    const compressions = defaultCompressions.with(flipping)
    const ours = { ...codecs, compressions }
    for (const compression of ['flip', 'flop', 'application/x-flip']) {
      const written = writeTask(call({ compression }), ours)
      expect(written.headers['compression']).toBe('application/x-flip')
      expect(parseTask(written, ours).decodeBody().args).toEqual([1, 2])
    }
    expect(() => compressions.byName('nope')).toThrow(
      /unknown compression "nope"; known: zlib, gzip, brotli.*flip, flop/
    )
    expect(thrownBy(() => defaultCompressions.byName('flip'))).toBeInstanceOf(UnknownCompressionError)
  })

  it('reads true gzip too, which other programs write under that name', () => {
    expect(Buffer.from(defaultCompressions.byName('gzip').decompress(gzipSync('abc'))).toString()).toBe('abc')
  })

  it('refuses a bomb', () => {
    const compressions = createCompressions(builtInCompressions({ maxOutput: 1000 }))
    for (const { compress, decompress } of ['zlib', 'brotli'].map(name => compressions.byName(name))) {
      expect(decompress(compress(Buffer.alloc(1000)))).toHaveLength(1000)
      expect(() => decompress(compress(Buffer.alloc(1001)))).toThrow('it grows beyond 1000 bytes')
    }
  })

  it('refuses data that is cut short or none', () => {
    for (const name of ['zlib', 'brotli']) {
      const { compress, decompress } = defaultCompressions.byName(name)
      const data = compress(Buffer.from('word '.repeat(100)))
      for (const bad of [data.subarray(0, data.length - 6), Buffer.from('nonsense'), new Uint8Array(0)])
        expect(thrownBy(() => decompress(bad))).toBeInstanceOf(DecodeError)
    }
  })
})
