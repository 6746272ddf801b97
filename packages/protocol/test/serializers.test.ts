import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import {
  acceptSet,
  builtInCompressions,
  type Compression,
  ContentDisallowedError,
  createCompressions,
  createSerializers,
  DecodeError,
  defaultCompressions,
  defaultSerializers,
  EncodeError,
  jsonSerializer,
  parseTask,
  type Serializer,
  UnknownCompressionError,
  UnknownSerializerError,
  writeTask
} from '../src/index.js'
import { call, codecs, thrownBy } from './fixtures.js'

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
    expect(() => acceptSet(['pickle'])).toThrow(/unknown serializer "pickle"; known: json, text, raw. Pickle runs code/)
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
