import { describe, expect, it } from '@jest/globals'
import { exchangeRouters } from '@umbel/transport/virtual'
import fc from 'fast-check'

const { direct, topic, fanout, headers } = exchangeRouters

describe('exchange types', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.*', 'a.b', true],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['', '', true],
    ['*', '', false],
    ['a.#', 'a', true],
    ['a.#', 'ab', false],
    ['#.a', 'a', true],
    ['#.a', 'b.a.a', true],
    ['#.a.#', 'x.a.y', true],
    ['#.a.#', 'x.b.y', false],
    ['a.#.b', 'a.b', true],
    ['a.#.b', 'a.x.y.b', true],
    ['a.#.b.*', 'a.b.b.c', true],
    ['#.*', 'a', true],
    ['*.#', '', false],
    ['#.#', 'a', true],
    ['a.*.#.z', 'a.z', false],
    ['a.*.#.z', 'a.b.z', true],
    ['a+.b', 'aa.b', false]
  ])('topic %s and key %s: %s', (routingKey, key, expected) => {
    expect(topic.matches({ exchange: 'e', queue: 'q', routingKey }, key, {})).toBe(expected)
  })

  it('topic agrees with a regular expression of the same meaning', () => {
    const word = fc.constantFrom('a', 'b', '*', '#')
    const pattern = fc.array(word, { maxLength: 6 })
    const key = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
    fc.assert(
      fc.property(pattern, key, (words, keys) => {
        const source = words.map(text => (text === '#' ? '(?:\\w,)*' : text === '*' ? '\\w,' : `${text},`)).join('')
        const expected = new RegExp(`^${source}$`).test(keys.map(text => `${text},`).join(''))
        const binding = { exchange: 'e', queue: 'q', routingKey: words.join('.') }
        expect(topic.matches(binding, keys.join('.'), {})).toBe(expected)
      }),
      { numRuns: 2000 }
    )
  })

  it('topic stays quick on a hostile pattern', () => {
    const binding = { exchange: 'e', queue: 'q', routingKey: `${'#.a.'.repeat(40)}b` }
    const start = performance.now()
    expect(topic.matches(binding, 'a.'.repeat(500).slice(0, -1), {})).toBe(false)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('direct compares, fanout does not look', () => {
    const binding = { exchange: 'e', queue: 'q' }
    expect(direct.matches({ ...binding, routingKey: 'k' }, 'k', {})).toBe(true)
    expect(direct.matches({ ...binding, routingKey: 'k' }, 'K', {})).toBe(false)
    expect(direct.matches(binding, '', {})).toBe(true)
    expect(fanout.matches({ ...binding, routingKey: 'k' }, 'other', {})).toBe(true)
  })

  it.each([
    [{ 'x-match': 'all', a: 1 }, { a: 1, b: 2 }, true],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, true],
    [{ 'x-match': 'any', a: 1 }, { a: '1' }, false],
    [{ 'x-match': 'any' }, { a: 1 }, false],
    [{}, { a: 1 }, true],
    [{ a: { deep: [1] } }, { a: { deep: [1] } }, true],
    [{ a: null }, { a: 'anything' }, true],
    [{ a: null }, {}, false],
    [{ 'x-other': 1 }, {}, true],
    [{ 'x-match': 'all-with-x', 'x-other': 1 }, {}, false],
    [{ 'x-match': 'any-with-x', 'x-other': 1 }, { 'x-other': 1 }, true],
    [{ toString: 'x' }, {}, false]
  ])('headers %j and %j: %s', (wanted, actual, expected) => {
    expect(headers.matches({ exchange: 'e', queue: 'q', arguments: wanted }, '', actual)).toBe(expected)
  })
})
