import { describe, expect, it } from '@jest/globals'
import { argsrepr, EncodedJson, encodeJson, kwargsrepr, pythonRepr, saferepr } from '../src/index.js'

describe('saferepr', () => {
  it('shows what only JavaScript has', () => {
    function named(): void {}
    expect(saferepr([undefined, named, Symbol('s'), 5n, new Map([['a', 1]]), new Set(), new Set([1])])).toBe(
      "[None, <function named>, <Symbol(s)>, 5, {'a': 1}, set(), {1}]"
    )
    expect(
      saferepr([Promise.resolve(1), Object('x'), new EncodedJson('[1]'), new Date(NaN), new TypeError('no')])
    ).toBe("[<Promise>, x, [1], <invalid Date>, TypeError('no')]")
    expect(saferepr({ toJSON: () => ({ task: 't' }) })).toBe("{'task': 't'}")
  })

  it('never throws, whatever getters and hooks do', () => {
    const bad = {
      get a(): never {
        throw new Error('boom')
      }
    }
    const error = Object.defineProperty(new Error('x'), 'message', { get: () => bad.a })
    expect(saferepr([bad, error, { toJSON: () => bad.a }])).toBe(
      '[<Unrepresentable object>, <Unrepresentable object>, <Unrepresentable object>]'
    )
  })

  it('shows circles and ends where levels do', () => {
    const circle: unknown[] = [1]
    circle.push(circle)
    expect(saferepr(circle)).toBe('[1, <Recursion on list>]')
    let deep: unknown = 1
    for (let level = 0; level < 10_000; level++) deep = [deep]
    expect(saferepr(deep)).toBe('[[[[...]]]]')
    expect(saferepr(deep, { maxLevels: 0, maxLength: Infinity })).toContain('[...]')
  })

  it('cuts long values, and goes not much beyond the limit', () => {
    const long = { list: Array.from({ length: 100_000 }, (_, index) => index) }
    expect(saferepr(long).length).toBeLessThan(1060)
    expect(argsrepr(['x'.repeat(5000)])).toBe(`('${'x'.repeat(1023)}...',)`)
    expect(kwargsrepr({ a: 1 })).toBe("{'a': 1}")
  })

  it('never splits a surrogate pair', () => {
    const cut = saferepr('😀'.repeat(2000))
    expect(encodeJson(cut)).not.toMatch(/\\ud83d(?!\\ude00)/)
  })
})

describe('pythonRepr', () => {
  it('escapes as Python’s repr does', () => {
    expect(pythonRepr('a\n\t\r\\\u0000\u00a0\ud800é')).toBe("'a\\n\\t\\r\\\\\\x00\\xa0\\ud800é'")
    expect(pythonRepr(["it's", `"it's"`])).toBe(`["it's", '"it\\'s"']`)
    expect(pythonRepr(Buffer.from([0, 0x61, 0xff]))).toBe("b'\\x00a\\xff'")
  })
})
