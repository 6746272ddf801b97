import { describe, expect, it } from '@jest/globals'
import { ControlError, matchesNode } from '@umbel/control'

describe('patterns of node names', () => {
  it.each([
    ['w1@host', '*@host', true],
    ['w1@host', 'w?@host', true],
    ['w10@host', 'w?@host', false],
    ['w1@host', 'w[12]@*', true],
    ['w3@host', 'w[!12]@*', true],
    ['w1@host', 'w[!12]@*', false],
    ['w]@host', 'w[]]@host', true],
    ['w[@host', 'w[@host', true],
    ['w1@a.b', 'w1@a.b', true],
    ['w1@axb', 'w1@a.b', false],
    ['w1@host', 'w1', false],
    ['w^@host', 'w[a^]@host', true]
  ])('glob: %s by %s is %s', (name, pattern, expected) => {
    expect(matchesNode(name, pattern, 'glob')).toBe(expected)
  })

  it.each([
    ['w1@host', 'w\\d', true],
    ['w1@host', '@host', false],
    ['b@host', 'a|b', true],
    ['w1@host', 'w1@host$', true]
  ])('pcre: %s by %s is %s', (name, pattern, expected) => {
    expect(matchesNode(name, pattern, 'pcre')).toBe(expected)
  })

  it('says which matchers there are, and which pattern it cannot read', () => {
    expect(() => matchesNode('w', 'w', 'soundex')).toThrow(ControlError)
    expect(() => matchesNode('w', 'w', 'soundex')).toThrow('glob, pcre')
    expect(() => matchesNode('w', '(', 'pcre')).toThrow('"("')
  })
})
