import { describe, expect, it } from '@jest/globals'
import {
  createJsonSerializer,
  DecodeError,
  Decimal,
  decodeJson,
  EncodedJson,
  EncodeError,
  encodeJson,
  jsonSerializer,
  PlainDate,
  PlainTime,
  Uuid
} from '../src/index.js'
import { thrownBy } from './fixtures.js'

const UUID = '12345678-1234-5678-1234-567812345678'

describe('tagged types', () => {
  it('[P-11] writes and reads datetime, date, time, decimal, uuid, bytes, base64, and uses __json__', () => {
    const values: readonly (readonly [unknown, string, string])[] = [
      [new Date('2026-01-02T03:04:05Z'), 'datetime', '"2026-01-02T03:04:05+00:00"'],
      [new PlainDate(2026, 1, 2), 'date', '"2026-01-02"'],
      [new PlainTime('03:04:05.00006'), 'time', '"03:04:05.000060"'],
      [new Decimal('1.10'), 'decimal', '"1.10"'],
      [new Uuid(UUID), 'uuid', '{"hex": "12345678123456781234567812345678"}'],
      [Buffer.from('abc'), 'bytes', '"abc"'],
      [Buffer.from([0xff, 0]), 'base64', '"/wA="']
    ]
    for (const [value, marker, encoded] of values) {
      const text = encodeJson(value)
      expect(text).toBe(`{"__type__": "${marker}", "__value__": ${encoded}}`)
      expect(decodeJson(text)).toEqual(value)
    }
    expect(encodeJson({ s: { __json__: () => ({ task: 't' }), toJSON: () => 'no' } })).toBe('{"s": {"task": "t"}}')
  })

  it('writes datetimes so that Python 3.9 reads them: six fraction digits or none, never Z (trap 30)', () => {
    expect(encodeJson(new Date('2026-01-02T03:04:05.120Z'))).toContain('"2026-01-02T03:04:05.120000+00:00"')
    const fromJavaScript = decodeJson('{"__type__": "datetime", "__value__": "2026-01-02T03:04:05.1Z"}')
    expect(encodeJson(fromJavaScript)).toContain('"2026-01-02T03:04:05.100000+00:00"')
  })

  it('hands on microseconds and zone of a datetime that nobody changed', () => {
    const text = '{"__type__": "datetime", "__value__": "2026-01-02T03:04:05.123456+01:00"}'
    const date = decodeJson(text) as Date
    expect(date.getTime()).toBe(Date.parse('2026-01-02T02:04:05.123Z'))
    expect(encodeJson(date)).toBe(text)
    date.setUTCHours(3)
    expect(encodeJson(date)).toContain('"2026-01-02T03:04:05.123000+00:00"')
  })

  it('reads a uuid with dashes and without an object too (trap 31)', () => {
    expect(decodeJson(`{"__type__": "uuid", "__value__": "${UUID}"}`)).toEqual(new Uuid(UUID))
    expect(new Uuid(UUID).toString()).toBe(UUID)
  })

  it('refuses an unknown marker, and values that do not fit theirs', () => {
    const wrong = ['"nope"', '"datetime"', '"date"', '"time"', '"decimal"', '"uuid"', '"bytes"', '5', '"toString"']
    for (const marker of wrong)
      expect(thrownBy(() => decodeJson(`[{"__type__": ${marker}, "__value__": 5}]`))).toBeInstanceOf(DecodeError)
    expect(() => decodeJson('{"__type__": "nope", "__value__": 5}')).toThrow(
      /unknown type marker "nope"; known: datetime/
    )
  })

  it('sees a marker that is written with escapes', () => {
    expect(decodeJson('{"\\u005f_type__": "date", "__value__": "2026-01-02"}')).toEqual(new PlainDate(2026, 1, 2))
  })

  it('refuses user data that would be read as a tagged type (trap 8), and leaves markers with more keys alone', () => {
    expect(() => encodeJson({ a: { __type__: 'x', __value__: 1 } })).toThrow(
      /^a cannot be serialized: an object of exactly/
    )
    expect(() => encodeJson({ __value__: 1, __type__: 'x', left: undefined })).toThrow(EncodeError)
    expect(decodeJson(encodeJson({ __type__: 'x', __value__: 1, more: 2 }))).toEqual({
      __type__: 'x',
      __value__: 1,
      more: 2
    })
  })
})

describe('types of your own', () => {
  class Money {
    readonly cents: number
    constructor(cents: number) {
      this.cents = cents
    }
  }
  const money = {
    marker: 'money',
    matches: (value: unknown) => value instanceof Money,
    encode: (value: Money) => value.cents,
    decode: (encoded: unknown) => new Money(encoded as number)
  }

  it('[P-12] registers a type with marker, encoder and decoder', () => {
    const serializer = createJsonSerializer({ types: [money] })
    const bytes = serializer.encode([new Money(5)])
    expect(Buffer.from(bytes).toString()).toBe('[{"__type__": "money", "__value__": 5}]')
    expect(serializer.decode(bytes)).toEqual([new Money(5)])
    expect(() => jsonSerializer.decode(bytes)).toThrow(/unknown type marker "money"/)
  })

  it('writes a type without marker as what its encoder answers', () => {
    expect(encodeJson(new Money(5), { types: [{ ...money, marker: null }] })).toBe('5')
  })

  it('asks them before the built-in types', () => {
    const types = [
      { marker: 'datetime', matches: (v: unknown) => v instanceof Date, encode: () => 'now', decode: () => 1 }
    ]
    expect(decodeJson(encodeJson(new Date(), { types }), { types })).toBe(1)
  })

  it('names what their encoder threw', () => {
    const types = [{ ...money, encode: () => JSON.parse('{') as unknown }]
    expect(() => encodeJson({ price: new Money(1) }, { types })).toThrow(/^price cannot be serialized: it threw/)
  })
})

describe('numbers', () => {
  it('[P-22] large integers, non-finite numbers, bytes and dates survive, or fail with a clear error', () => {
    const survivors = [
      2n ** 80n,
      -(2n ** 64n),
      NaN,
      Infinity,
      -Infinity,
      -0,
      1e-7,
      6.02e23,
      Buffer.from([0, 255]),
      new Date(5)
    ]
    expect(decodeJson(encodeJson(survivors))).toEqual(survivors)
    expect(() => encodeJson({ id: 2 ** 60 })).toThrow('id cannot be serialized: the integer 1152921504606846976')
    expect(() => encodeJson(new Date(NaN))).toThrow(/outside the years 1 to 9999/)
  })

  it('reads what JSON.parse gets wrong (trap 29)', () => {
    expect(decodeJson('[NaN, Infinity, -Infinity, 9007199254740993, -9007199254740993, 9007199254740991]')).toEqual([
      NaN,
      Infinity,
      -Infinity,
      9007199254740993n,
      -9007199254740993n,
      9007199254740991
    ])
    expect(decodeJson('[1e400, 1E2, 12345678901234567890.5, "NaN 12345678901234567890"]')).toEqual([
      Infinity,
      100,
      Number('12345678901234567890.5'),
      'NaN 12345678901234567890'
    ])
  })

  it('finds a long integer wherever it stands, and leaves long fractions alone', () => {
    for (let before = 0; before < 40; before++) {
      const text = `[${' '.repeat(before)}9007199254740993,"12345678901234567890",0.1234567890123456]`
      expect(decodeJson(text)).toEqual([9007199254740993n, '12345678901234567890', 0.1234567890123456])
    }
  })

  it('writes a bigint of any size, and refuses more digits than Python reads', () => {
    expect(encodeJson([1n, -5n, 2n ** 64n])).toBe('[1, -5, 18446744073709551616]')
    expect(encodeJson(10n ** 4299n)).toHaveLength(4300)
    expect(() => encodeJson(10n ** 4300n)).toThrow(/more than 4300 digits/)
    expect(() => decodeJson(`-${'9'.repeat(4301)}`)).toThrow(/more than 4300 digits/)
    expect(decodeJson(`-${'9'.repeat(4300)}`)).toBe(-(10n ** 4300n) + 1n)
  })
})

describe('what cannot be written', () => {
  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['a function', () => 1, /a function has no JSON form/],
    ['a symbol', Symbol('x'), /a symbol has no JSON form/],
    ['a promise', Promise.resolve(1), /await it first/],
    ['a map', new Map([[1, 2]]), /use an object or an array/],
    ['a set', new Set([1]), /use an object or an array/],
    ['an error', new Error('x'), /pass its message/],
    ['a pattern', /x/, /no JSON form/],
    ['floats', new Float64Array(1), /only Uint8Array/],
    ['a buffer', new ArrayBuffer(1), /only Uint8Array/],
    [
      'a getter that throws',
      Object.defineProperty({}, 'g', { enumerable: true, get: thrower }),
      /\.g cannot .* it threw/
    ],
    ['a hook that throws', { toJSON: thrower }, /it threw/]
  ]

  for (const [name, value, message] of refused)
    it(`refuses ${name} and names its path`, () => {
      const error = thrownBy(() => encodeJson([1, { user: { 'odd name': value } }], { path: 'args' })) as EncodeError
      expect(error).toBeInstanceOf(EncodeError)
      expect(error.message).toMatch(message)
      expect(error.path).toMatch(/^args\[1\]\.user\["odd name"\]/)
    })

  it('refuses circles and names where they close', () => {
    const parent: Record<string, unknown> = { name: 'p', children: [] }
    parent['children'] = [{}, { parent }]
    expect(() => encodeJson([parent], { path: 'args' })).toThrow(
      'args[0].children[1].parent cannot be serialized: it contains itself'
    )
  })

  it('refuses what is nested too deep, also by hooks that never end', () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(() => encodeJson(deep)).toThrow(/nested deeper than 800 levels/)
    const endless = { toJSON: (): unknown => ({ ...endless }) }
    expect(() => encodeJson(endless)).toThrow(EncodeError)
  })

  it('ends where getters make up objects without end, or throw at the second look', () => {
    const forest = (): object => ({
      get tree() {
        return forest()
      }
    })
    expect(() => encodeJson(forest())).toThrow(/nested deeper than 800 levels/)
    let looks = 0
    const shy = {
      get a(): unknown {
        return looks++ > 0 ? thrower() : forest()
      }
    }
    expect(() => encodeJson(shy)).toThrow(/nested deeper than 800 levels/)
  })

  it('writes the same object twice where it is no circle', () => {
    const shared = { a: 1 }
    expect(encodeJson([shared, shared])).toBe('[{"a": 1}, {"a": 1}]')
  })
})

describe('what is written like JSON.stringify', () => {
  it('leaves undefined out of objects, writes null for it elsewhere', () => {
    expect(encodeJson({ a: undefined, b: null })).toBe('{"b": null}')
    expect(encodeJson(Object.assign([undefined], { 2: 1 }))).toBe('[null, null, 1]')
    expect(encodeJson(undefined)).toBe('null')
  })

  it('writes class instances, null prototypes, boxed values and toJSON', () => {
    class Point {
      readonly x = 1
    }
    expect(
      encodeJson([new Point(), Object.assign(Object.create(null), { a: 1 }), Object('s'), new URL('http://a/')])
    ).toBe('[{"x": 1}, {"a": 1}, "s", "http://a/"]')
  })

  it('writes EncodedJson verbatim, wherever it stands', () => {
    expect(encodeJson({ a: [new EncodedJson('{"x":1}')] })).toBe('{"a": [{"x":1}]}')
    expect(jsonSerializer.decode(jsonSerializer.encode([new EncodedJson('"漢字"')]))).toEqual(['漢字'])
  })
})

describe('hostile text', () => {
  const broken = [
    '',
    ' ',
    '[',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1,}',
    '[1,]',
    '01',
    '1.',
    '.5',
    '+1',
    'nan',
    'NaN1',
    '"\u0001"',
    '"a',
    '"\\x"'
  ]
  for (const text of [
    ...broken,
    '[NaN',
    '[NaN}',
    '{"a":NaN',
    '{NaN:1}',
    '{"a" NaN}',
    '[NaN] x',
    '["\\',
    '-',
    'undefined',
    '\ufeff1'
  ])
    it(`refuses ${JSON.stringify(text)} with its own error`, () => {
      expect(thrownBy(() => decodeJson(text))).toBeInstanceOf(DecodeError)
    })

  it('survives nesting bombs', () => {
    for (const bomb of ['['.repeat(2_000_000), '{"a":'.repeat(500_000), `${'['.repeat(5000)}NaN${']'.repeat(5000)}`])
      expect(() => decodeJson(bomb)).toThrow(/nested deeper than 800 levels/)
    const text = `${'["a\\"[[[", '.repeat(799)}1${']'.repeat(799)}`
    expect(encodeJson(decodeJson(text))).toBe(text)
  })

  it('keeps __proto__ a key like any other', () => {
    for (const text of ['{"__proto__": {"admin": true}}', '{"__proto__": {"admin": NaN}}']) {
      const value = decodeJson(text) as Record<string, unknown>
      expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(JSON.parse('{}')))
      expect(value['admin']).toBeUndefined()
      expect(encodeJson(value)).toBe(text)
    }
  })

  it('refuses bytes that are no UTF-8, and a byte order mark, as Python does', () => {
    for (const bytes of [[0xff], [0x22, 0xc3, 0x22], [0xef, 0xbb, 0xbf, 0x31]])
      expect(thrownBy(() => jsonSerializer.decode(Uint8Array.from(bytes)))).toBeInstanceOf(DecodeError)
  })
})

describe('value classes', () => {
  it('take no time over long nonsense', () => {
    for (const nonsense of [`${'1'.repeat(1_000_000)}x`, `1e${'1'.repeat(1_000_000)}x`, `.${'1'.repeat(1_000_000)}.`])
      expect(() => new Decimal(nonsense)).toThrow(/expected a decimal number/)
  })

  it('refuse what is none', () => {
    for (const text of ['', 'x', '1,5', '0x10', '--1'])
      expect(() => new Decimal(text)).toThrow(/expected a decimal number/)
    for (const text of ['', '123', 'g'.repeat(32)]) expect(() => new Uuid(text)).toThrow(/expected a UUID/)
    expect(() => new PlainDate(2025, 2, 29)).toThrow(/there is no day 2025-02-29/)
    for (const text of ['', '24:00', '12:60', 'noon', '12:00+1'])
      expect(() => new PlainTime(text)).toThrow(/time of day/)
  })

  it('turn into text and numbers', () => {
    expect(`${new Decimal('1.10')} ${new PlainDate(2026, 1, 2)} ${new PlainTime('030405Z')}`).toBe(
      '1.10 2026-01-02 03:04:05+00:00'
    )
    expect(new Decimal('-1.5e3').toNumber()).toBe(-1500)
    expect(new Decimal('-Infinity').toNumber()).toBe(-Infinity)
    expect(
      JSON.stringify([new Decimal('1.10'), new Uuid(UUID), new PlainDate(2026, 1, 2), new PlainTime('03:04')])
    ).toBe(`["1.10","${UUID}","2026-01-02","03:04:00"]`)
  })
})

function thrower(): never {
  throw new Error('boom')
}
