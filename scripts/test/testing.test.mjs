import { afterEach, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { workTree } from '../lib/work-tree.mjs'
import { freshResults, saveResults, summarize } from '../testing/results.mjs'
import { chooseSuites, runSuite, suitesOf } from '../testing/suites.mjs'
import { repository } from '../lib/workspaces.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture?.remove())

describe('choosing suites', () => {
  const suites = [
    { path: 'packages/protocol', short: 'protocol', name: '@umbel/protocol' },
    { path: 'packages/sql', short: 'sql', name: '@umbel/sql' }
  ]

  it.each([
    [[], ['protocol', 'sql'], []],
    [['sql'], ['sql'], []],
    [['@umbel/sql', 'packages/protocol'], ['protocol', 'sql'], []],
    [['sql', 'lease', '-t', 'renews'], ['sql'], ['lease', '-t', 'renews']],
    [
      ['lease', 'sql'],
      ['protocol', 'sql'],
      ['lease', 'sql']
    ]
  ])('understands %j', (args, names, jestArgs) => {
    const { chosen, jestArgs: rest } = chooseSuites(suites, args)
    expect([chosen.map(({ short }) => short), rest]).toEqual([names, jestArgs])
  })

  it('runs our scripts too, and e2e last', () => {
    const paths = suitesOf(repository).map(({ path }) => path)
    expect(paths).toContain('scripts')
    expect(paths.at(-1)).toBe('e2e')
  })
})

describe('running a suite', () => {
  it('counts passed, failed and skipped tests, and a file that does not load as failed', async () => {
    const summary = await run({ 'a.test.mjs': mixed, 'b.test.mjs': "import './nowhere.mjs'\n" })
    expect(summary).toMatchObject({ passed: 1, failed: 2, skipped: 2 })
    expect(summary.trouble).toBeUndefined()
    expect(summary.files.map(({ file }) => file).sort()).toEqual(['x/test/a.test.mjs', 'x/test/b.test.mjs'])
    expect(summary.files.flatMap(({ tests }) => tests).find(({ title }) => title === 'fails').failure).toMatch('toBe')
  })

  it('counts a jest that died as a failure', async () => {
    const deadly = "import { it } from '@jest/globals'\nit('dies', () => process.kill(process.pid, 'SIGKILL'))\n"
    expect(await run({ 'a.test.mjs': deadly })).toMatchObject({
      passed: 0,
      failed: 1,
      trouble: expect.stringContaining('jest ended with exit code 1')
    })
  })

  it('kills one that does not end', async () => {
    const endless = "import { it } from '@jest/globals'\nit('ends', () => {})\nsetInterval(() => {}, 1000)\n"
    expect(await run({ 'a.test.mjs': endless }, 3)).toMatchObject({
      passed: 1,
      failed: 1,
      trouble: expect.stringContaining('did not end')
    })
  })

  it('answers the tables that tests leave', async () => {
    const source = `import { it } from '@jest/globals'
import { writeFileSync } from 'node:fs'
it('tells', () => writeFileSync(process.env.UMBEL_TEST_TABLES + '/a.md', '| a |\\n'))`
    expect(await run({ 'a.test.mjs': source })).toMatchObject({ passed: 1, tables: ['| a |'] })
  })
})

describe('results', () => {
  const workspace = { path: 'packages/x' }
  const summary = { passed: 1, failed: 0, skipped: 0, files: [] }

  it('are fresh for the very tree they speak of', () => {
    fixture = tree({})
    expect(freshResults(fixture.root, { tree: 'one' }, workspace)).toBeUndefined()
    saveResults(fixture.root, { commit: 'c', tree: 'one' }, { workspace, summary })
    expect(freshResults(fixture.root, { tree: 'one' }, workspace)).toMatchObject({ commit: 'c', passed: 1 })
    expect(freshResults(fixture.root, { tree: 'two' }, workspace)).toBeUndefined()
    expect(freshResults(fixture.root, { tree: undefined }, workspace)).toBeUndefined()
  })

  it('name the source of a compiled test', () => {
    const report = {
      testResults: [{ name: '/r/packages/x/dist/test/a.test.js', assertionResults: [], status: 'passed' }]
    }
    expect(summarize(report, { root: '/r', folder: '/r/packages/x' }).files[0].file).toBe('packages/x/test/a.test.ts')
  })
})

describe('the hash of the work tree', () => {
  it('follows the content of what git knows or would add, and leaves docs/parity.md out', () => {
    fixture = tree({ 'a.txt': 'a', '.gitignore': 'ignored\n' })
    git('init', '-q')
    git('add', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'a')
    const before = workTree(fixture.root)
    expect(before.commit).toMatch(/^[0-9a-f]{40}$/)
    fixture.write('ignored', 'x')
    fixture.write('docs/parity.md', 'x')
    expect(workTree(fixture.root)).toEqual(before)
    fixture.write('new.txt', 'x')
    const added = workTree(fixture.root).tree
    expect(added).not.toBe(before.tree)
    fixture.write('a.txt', 'b')
    expect(workTree(fixture.root).tree).not.toBe(added)
  })

  it('is unknown outside git', () => {
    fixture = tree({})
    expect(workTree(fixture.root)).toEqual({ commit: undefined, tree: undefined })
  })
})

function git(...args) {
  execFileSync('git', ['-C', fixture.root, ...args])
}

async function run(files, timeout = 30) {
  fixture = tree(Object.fromEntries(Object.entries(files).map(([name, text]) => [`x/test/${name}`, text])))
  fixture.link('node_modules', join(repository, 'node_modules'))
  const suite = { path: 'x', folder: `${fixture.root}/x`, tests: 'test' }
  return runSuite(suite, { root: fixture.root, jestArgs: [], timeout })
}

const mixed = `import { expect, it } from '@jest/globals'
it('passes', () => {})
it('fails', () => expect(1).toBe(2))
it.skip('is skipped', () => {})
it.todo('is to do')
`
