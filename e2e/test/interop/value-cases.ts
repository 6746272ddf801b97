import { expect } from '@jest/globals'
import { Decimal, PlainDate, PlainTime, Uuid } from '@umbel/protocol'
import type { InteropCase } from './case.js'

const VALUES: Readonly<Record<string, readonly [kind: string, ...values: readonly unknown[]]>> = {
  'text beyond ASCII': ['text', 'é 漢字 😀 ‮ \u0000 \u007f "quoted" back\\slash\nline', ''],
  'date and time': ['datetime', new Date('2026-01-02T03:04:05.120Z'), new Date(0)],
  day: ['date', new PlainDate(2026, 2, 28)],
  'time of day': ['time', new PlainTime('03:04:05.000060'), new PlainTime('23:59:59')],
  decimal: ['decimal', new Decimal('1.10'), new Decimal('-12345678901234567890.000000000000000001')],
  'bytes that are text': ['bytes', Buffer.from('abc'), Buffer.alloc(0)],
  'bytes that are none': ['bytes', Buffer.from([0, 255, 254, 128])],
  uuid: ['uuid', new Uuid('12345678-1234-5678-1234-567812345678')],
  'not a number and infinity': ['number', NaN, Infinity, -Infinity],
  'whole numbers': ['number', 0, -1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)],
  'numbers beyond 2^53': ['number', 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), 2n ** 100n],
  fractions: ['number', 1.5, -0.1, 1e-7, 6.02e23, 5e-324],
  null: ['null', null],
  booleans: ['boolean', true, false],
  lists: ['list', [], [[[]]], [1, [2, [3, [null]]]]],
  mappings: ['mapping', {}, { 'key with é': { deep: [{ deeper: null }] } }, { __proto: 1, constructor: 2 }]
}

/** Values as arguments and as results: what is sent comes back, and the body saw its own language's type. */
export const valueCases: readonly InteropCase[] = [
  ...Object.entries(VALUES).map(([name, [kind, ...values]]) => ({
    name: `value: ${name}`,
    call: () => ({ task: 'interop.kinds', args: [values] }),
    check: ({ outcome }: { outcome: object }) =>
      expect(outcome).toMatchObject({ state: 'SUCCESS', value: { kinds: values.map(() => kind), values } })
  })),
  {
    name: 'value: nested 100 deep',
    call: () => ({ task: 'interop.echo', args: [nested(100)] }),
    check: ({ outcome }) => expect(outcome.value).toEqual([nested(100), null, null])
  },
  {
    name: 'value: 1 MB of text',
    call: () => ({ task: 'interop.measure', args: ['é'.repeat(1_000_000)] }),
    check: ({ outcome }) => expect(outcome.value).toEqual([1_000_000, 'é'.repeat(1_000_000)])
  },
  {
    name: 'value: 10,000 items',
    call: () => ({ task: 'interop.echo', args: [numbers(10_000)] }),
    check: ({ outcome }) => expect(outcome.value).toEqual([numbers(10_000), null, null])
  }
]

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inner: value }
  return value
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}
