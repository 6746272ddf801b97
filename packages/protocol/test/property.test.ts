import { describe, expect, it } from '@jest/globals'
import { UmbelError } from '@umbel/runtime'
import fc from 'fast-check'
import {
  argsrepr,
  dataToError,
  decodeJson,
  decodeMeta,
  Decimal,
  encodeJson,
  encodeMeta,
  errorToData,
  formatTime,
  type Message,
  normalizeSignature,
  parseTask,
  parseTime,
  PlainDate,
  PlainTime,
  pythonRepr,
  saferepr,
  Uuid,
  writeTask,
  writeTaskV1
} from '../src/index.js'
import { call, codecs, headers } from './fixtures.js'

const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true
})
const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double().filter(value => !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21),
  fc.bigInt().filter(value => value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)),
  fc.boolean(),
  fc.constant(null),
  date,
  fc.uint8Array().map(bytes => Buffer.from(bytes)),
  fc.uuid().map(text => new Uuid(text)),
  fc.tuple(fc.bigInt(), fc.nat(20)).map(([value, exponent]) => new Decimal(`${value}E-${exponent}`)),
  date.map(day => PlainDate.parse(day.toISOString())),
  date.map(day => new PlainTime(day.toISOString().slice(11, 23)))
)
const value = fc.letrec(tie => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('list'), tie('mapping')),
  list: fc.array(tie('node'), { maxLength: 5 }),
  mapping: fc
    .dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '__type__', 'constructor')), tie('node'), {
      maxKeys: 5,
      noNullPrototype: true
    })
    .filter(mapping => !isMarked(mapping))
})).node

function isMarked(mapping: object): boolean {
  return Object.keys(mapping).length === 2 && Object.hasOwn(mapping, '__type__') && Object.hasOwn(mapping, '__value__')
}

describe('for any value', () => {
  it('decode after encode is the value', () => {
    fc.assert(
      fc.property(value, input => {
        const text = encodeJson(input)
        expect(text).toMatch(/^[ -~]*$/)
        expect(decodeJson(text)).toEqual(input)
        expect(encodeJson(decodeJson(text))).toBe(text)
      }),
      { numRuns: 1000 }
    )
  })

  it('a message says after reading what it said before writing', () => {
    fc.assert(
      fc.property(fc.array(value), fc.dictionary(fc.string(), value, { noNullPrototype: true }), (args, kwargs) => {
        for (const write of [writeTask, writeTaskV1]) {
          const read = parseTask(write(call({ args, kwargs, compression: 'brotli' }), codecs), codecs).decodeBody()
          expect([read.args, read.kwargs]).toEqual([args, kwargs])
        }
      })
    )
  })

  it('its repr is text, and not much longer than allowed', () => {
    fc.assert(
      fc.property(
        fc.oneof(value, fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true })),
        fc.integer({ min: 1, max: 200 }),
        (input, maxLength) => {
          expect(Array.from(saferepr(input, { maxLength })).length).toBeLessThan(2 * maxLength + 200)
          expect(typeof argsrepr([input])).toBe('string')
          expect(typeof pythonRepr(input)).toBe('string')
        }
      )
    )
  })

  it('thrown, it can be stored and rebuilt', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withObjectString: true }), input => {
        const data = errorToData(input)
        expect(errorToData(dataToError(decodeJson(encodeJson(data))))).toEqual(data)
      })
    )
  })

  it('it is written or refused with the package’s own error', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withNullPrototype: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withBoxedValues: true
        }),
        input => {
          onlyOwnErrors(() => encodeJson(input))
          onlyOwnErrors(() => normalizeSignature(input))
        }
      )
    )
  })

  it('a time keeps its milliseconds in every offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e13, max: 1e13 }), fc.integer({ min: -720, max: 840 }), (time, offset) => {
        expect(parseTime(formatTime(time, { offset }))).toBe(time)
      })
    )
  })
})

describe('mutilated at random', () => {
  const embed = {
    callbacks: [{ task: 'a', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }],
    errbacks: null,
    chain: null,
    chord: null
  }
  const rich = call({
    args: [1, new Date(0), { big: 2n ** 70n }],
    embed,
    headers: headers({ eta: formatTime(0), stamps: { a: 1 }, custom: { b: [1] } })
  })
  const messages = [
    writeTask(rich, codecs),
    writeTaskV1(rich, codecs),
    writeTask({ ...rich, compression: 'gzip' }, codecs)
  ]
  const noise = fc.oneof(
    fc.anything(),
    fc.constantFrom('', 'application/json', 'text/plain', 'utf-8', 'application/x-gzip', 0, null)
  )

  it('a message throws nothing but the package’s own errors', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...messages),
        fc.array(mutation(), { minLength: 1, maxLength: 4 }),
        (message, mutations) => {
          const broken = mutations.reduce((current, mutate) => mutate(current), message)
          onlyOwnErrors(() => parseTask(broken, codecs).decodeBody())
        }
      ),
      { numRuns: 3000 }
    )
  })

  it('a meta does neither', () => {
    const text = encodeMeta({
      status: 'SUCCESS',
      result: [new Date(0), 1n << 80n],
      traceback: null,
      children: [[['c', null], null]],
      date_done: null,
      task_id: 'x'
    })
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(4), fc.string(), (at, drop, put) => {
        onlyOwnErrors(() => decodeMeta(text.slice(0, at) + put + text.slice(at + drop)))
      }),
      { numRuns: 1000 }
    )
  })

  function mutation(): fc.Arbitrary<(message: Message) => Message> {
    const bytes = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.uint8Array({ maxLength: 3 }))
    return fc.oneof(
      bytes.map(([where, drop, put]) => (message: Message) => ({
        ...message,
        body: splice(message.body, [where, drop], put)
      })),
      fc.tuple(headerName(), noise).map(([name, put]) => (message: Message) => ({
        ...message,
        headers: { ...message.headers, [name]: put }
      })),
      headerName().map(name => (message: Message) => ({ ...message, headers: without(message.headers, name) })),
      fc
        .tuple(fc.constantFrom('contentType', 'contentEncoding', 'correlationId', 'replyTo'), noise)
        .map(([name, put]) => (message: Message) => ({
          ...message,
          properties: { ...message.properties, [name]: put } as Message['properties']
        })),
      fc
        .constantFrom('headers', 'properties', 'body')
        .map(part => (message: Message) => ({ ...message, [part]: undefined }) as unknown as Message)
    )
  }

  function headerName(): fc.Arbitrary<string> {
    return fc.constantFrom(...Object.keys(messages[0]?.headers ?? {}), 'compression', 'taskset', '__proto__')
  }
})

function splice(body: Uint8Array | undefined, [where, drop]: readonly [number, number], put: Uint8Array): Uint8Array {
  const bytes = Buffer.from(body ?? [])
  const at = Math.floor(where * bytes.length)
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)])
}

function without(headersOf: Message['headers'] | undefined, name: string): Message['headers'] {
  return Object.fromEntries(Object.entries(headersOf ?? {}).filter(([key]) => key !== name))
}

function onlyOwnErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof UmbelError)) throw error
  }
}
