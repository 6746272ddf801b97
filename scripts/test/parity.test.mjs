import { afterEach, describe, expect, it } from '@jest/globals'
import { declarationOf, declarationsOf } from '../parity/declarations.mjs'
import { parityPage } from '../parity/page.mjs'
import { sample } from '../parity/sample.mjs'
import { idsIn } from '../parity/titles.mjs'
import { judge } from '../parity/verdict.mjs'
import { tree } from './tree.mjs'

const features = [
  { id: 'W-01', area: 'W', text: 'Starts', priority: 'core', seeds: [] },
  { id: 'W-02', area: 'W', text: 'a | b', priority: 'niche', seeds: [] },
  { id: 'P-01', area: 'P', text: 'Writes', priority: 'common', seeds: [] }
]

describe('feature IDs in titles', () => {
  it('stand at the start', () => {
    expect(idsIn('[W-14] starts')).toEqual({ ids: ['W-14'], problem: undefined })
    expect(idsIn('[P-01][CLI-02] writes')).toEqual({ ids: ['P-01', 'CLI-02'], problem: undefined })
    expect(idsIn('[P-01] [P-02] writes')).toEqual({ ids: ['P-01', 'P-02'], problem: undefined })
    expect(idsIn('writes [1, 2]')).toEqual({ ids: [], problem: undefined })
  })

  it('are refused elsewhere, and more than two', () => {
    expect(idsIn('starts [W-14]').problem).toMatch('at the start')
    expect(idsIn('[W-01][W-02][W-03] starts').problem).toMatch('at most two')
  })
})

describe('the verdict', () => {
  it('is done when every test that claims the feature passed', () => {
    expect(
      states([
        ['[W-01] a', 'passed'],
        ['[W-01] b', 'passed']
      ])
    ).toMatchObject({ 'W-01': 'done', 'W-02': 'open' })
  })

  it.each(['failed', 'skipped'])('is open when one of them is %s', status => {
    expect(
      states([
        ['[W-01] a', 'passed'],
        ['[W-01] b', status]
      ])
    ).toMatchObject({ 'W-01': 'open' })
  })

  it('takes what one driver skips as no claim where the same test passed for another, and only there', () => {
    const run = (file, title, status) => ({ file, tests: [{ title, status }] })
    const state = (...files) => judge({ features, leftOut: {}, files }).rows.find(({ id }) => id === 'W-01').state
    const passed = run('packages/x/test/a.test.ts', '[W-01] counts', 'passed')
    expect(state(passed, run('packages/y/test/a.test.ts', '[W-01] counts', 'skipped'))).toBe('done')
    expect(state(passed, run('packages/y/test/a.test.ts', '[W-01] counts (needs leases)', 'skipped'))).toBe('done')
    expect(state(passed, run('packages/y/test/a.test.ts', '[W-01] counts', 'failed'))).toBe('open')
    expect(state(passed, run('packages/y/test/a.test.ts', '[W-01] sums', 'skipped'))).toBe('open')
    expect(state(passed, run('packages/x/test/a.test.ts', '[W-01] counts', 'skipped'))).toBe('open')
  })

  it('counts two features of one test, and each area', () => {
    const { counts } = verdict([['[W-01][P-01] a', 'passed']], { 'W-02': 'nobody asked' })
    expect(counts).toEqual({
      done: 2,
      open: 0,
      leftOut: 1,
      areas: { W: { done: 1, open: 0, leftOut: 1 }, P: { done: 1, open: 0, leftOut: 0 } }
    })
  })

  it('names what makes the table untrue', () => {
    const leftOut = { 'W-01': 'too hard', 'P-01': ' ', 'X-99': 'none' }
    expect(
      verdict(
        [
          ['[Z-01] a', 'skipped'],
          ['a [W-01]', 'passed']
        ],
        leftOut
      ).errors
    ).toEqual([
      "packages/x/test/a.test.ts: unknown feature Z-01 in the title '[Z-01] a'",
      "packages/x/test/a.test.ts: feature IDs belong at the start of the title: 'a [W-01]'",
      'docs/left-out.json: W-01 is a core feature and may not be left out',
      'docs/left-out.json: P-01 has no reason',
      'docs/left-out.json: X-99 is no feature'
    ])
    expect(verdict([['[W-02] a', 'passed']], { 'W-02': 'no' }).errors).toEqual([
      'docs/left-out.json: W-02 is left out, yet packages/x/test/a.test.ts claims it'
    ])
  })
})

describe('test declarations', () => {
  let fixture
  afterEach(() => fixture?.remove())

  it('are found with line, title and body, also from tables and templates', () => {
    fixture = tree({ 'a.test.ts': source })
    expect(declarationsOf(`${fixture.root}/a.test.ts`)).toEqual([
      { line: 2, title: ['[W-01] starts'], body: "it('[W-01] starts', async () => {\n    expect(1).toBe(1)\n  })" },
      { line: 5, title: ['[W-02] takes ', ''], body: 'it(`[W-02] takes ${name}`, () => {})' },
      { line: 6, title: ['[P-01] reads %s'], body: expect.stringContaining('it.each') },
      { line: 7, title: ['skips'], body: expect.stringContaining('it.skip') }
    ])
  })

  it('are matched by title: own file first, then the suites of the package, then any', () => {
    fixture = tree({
      'packages/b/test/x.test.ts': "\nit.each([['[P-02] from a table'], ['[P-09] also']])('%s', () => {})\n"
    })
    const at = (file, line, ...title) => ({ file, line, title })
    const declarations = [
      at('packages/a/src/conformance/x.ts', 1, 'same'),
      at('packages/b/test/x.test.ts', 2, '%s'),
      at('packages/b/test/x.test.ts', 3, 'same'),
      at('packages/b/test/x.test.ts', 4, '[P-01] reads %s (50%)'),
      at('packages/b/test/x.test.ts', 5, 'takes ', ' twice'),
      at('packages/b/test/x.test.ts', 6, 'takes this ', ' twice')
    ]
    const line = (file, title) => declarationOf({ file, title }, { root: fixture.root, declarations }).line
    expect(line('packages/b/test/x.test.ts', 'same')).toBe(3)
    expect(line('packages/a/test/y.test.ts', 'same')).toBe(1)
    expect(line('packages/c/test/y.test.ts', 'same')).toBe(1)
    expect(line('packages/b/test/x.test.ts', '[P-01] reads gzip (50%)')).toBe(4)
    expect(line('packages/b/test/x.test.ts', 'takes that twice')).toBe(5)
    expect(line('packages/b/test/x.test.ts', 'takes this message twice')).toBe(6)
    expect(line('packages/b/test/x.test.ts', '[P-02] from a table')).toBe(2)
    expect(line('packages/b/test/x.test.ts', '[P-03] from nowhere')).toBeUndefined()
  })
})

describe('the page', () => {
  it('tells where each feature is proven and keeps bars out of its tables', () => {
    const { rows, counts } = verdict(
      [
        ['[W-01] a', 'passed'],
        ['[W-02] b', 'skipped']
      ],
      { 'P-01': 'no use' }
    )
    const located = ({ file }) => ({ file, line: 7 })
    const page = parityPage({ rows, counts, areas: { W: 'Workers', P: 'Protocol' }, located })
    expect(page).toContain('| Workers | W | 1 | 1 | 0 |')
    expect(page).toContain('| W-01 | Starts | core | done: packages/x/test/a.test.ts:7 |')
    expect(page).toContain('| W-02 | a \\| b | niche | open (skipped): packages/x/test/a.test.ts:7 |')
    expect(page).toContain('| P-01 | Writes | common | left out: no use |')
  })
})

describe('the sample', () => {
  const items = Array.from({ length: 100 }, (_, index) => index)

  it('is the same for the same seed, without repeats', () => {
    const chosen = sample(items, { count: 30, seed: 7 })
    expect(new Set(chosen).size).toBe(30)
    expect(sample(items, { count: 30, seed: 7 })).toEqual(chosen)
    expect(sample(items, { count: 30, seed: 8 })).not.toEqual(chosen)
  })

  it('is everything where there is less', () => {
    expect(sample([1, 2], { count: 30, seed: 1 }).sort()).toEqual([1, 2])
  })
})

function verdict(tests, leftOut = {}) {
  const files = [{ file: 'packages/x/test/a.test.ts', tests: tests.map(([title, status]) => ({ title, status })) }]
  return judge({ features, leftOut, files })
}

function states(tests) {
  return Object.fromEntries(verdict(tests).rows.map(({ id, state }) => [id, state]))
}

const source = `describe('a', () => {
  it('[W-01] starts', async () => {
    expect(1).toBe(1)
  })
  for (const name of names) it(\`[W-02] takes \${name}\`, () => {})
  it.each([['gzip']])('[P-01] reads %s', () => {})
  it.skip('skips', () => {})
})
`
