import { afterEach, describe, expect, it } from '@jest/globals'
import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { compilerMessages } from '../lib/compiler-output.mjs'
import { pruneOutput, pruneRemovedWorkspaces } from '../lib/prune.mjs'
import { installState, nodeComplaint } from '../setup.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture?.remove())

describe('the version of Node', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', version => {
    expect(nodeComplaint(version)).toBeUndefined()
  })

  it.each(['18.20.4', '20.18.3'])('%s will not', version => {
    expect(nodeComplaint(version)).toBe(
      `Umbel needs Node 20.19 or newer; this is Node ${version}. See https://nodejs.org.`
    )
  })
})

describe('the state of node_modules', () => {
  it('is missing, current, outdated, and current again by content', () => {
    fixture = tree({ 'package-lock.json': '{}' })
    expect(installState(fixture.root)).toBe('missing')
    fixture.write('node_modules/.package-lock.json', '{}')
    expect(installState(fixture.root)).toBe('current')
    touchLater('package-lock.json')
    expect(installState(fixture.root)).toBe('outdated')
    fixture.write('node_modules/.umbel-setup', createHash('sha256').update('{}').digest('hex'))
    expect(installState(fixture.root)).toBe('current')
    writeFileSync(join(fixture.root, 'package-lock.json'), '{ }')
    touchLater('package-lock.json')
    expect(installState(fixture.root)).toBe('outdated')
  })

  function touchLater(path) {
    const later = Date.now() / 1000 + 60
    utimesSync(join(fixture.root, path), later, later)
  }
})

describe('pruning', () => {
  it('removes output whose source is gone, and nothing else', () => {
    const kept = [
      'dist/src/a.js',
      'dist/src/a.d.ts',
      'dist/src/a.js.map',
      'dist/src/b.d.mts',
      'dist/test/data.json',
      'dist/tsconfig.tsbuildinfo'
    ]
    const gone = ['dist/src/old.js', 'dist/src/old.d.ts.map', 'dist/test/old.test.js', 'dist/bench/old.js']
    fixture = tree(Object.fromEntries(['src/a.ts', 'src/b.mts', ...kept, ...gone].map(path => [path, ''])))
    pruneOutput(fixture.root)
    expect(kept.filter(path => !has(path))).toEqual([])
    expect(gone.filter(has)).toEqual([])
  })

  it('removes what a removed package left behind, and keeps a package that is only begun', () => {
    fixture = tree({
      'package.json': { workspaces: ['packages/*', 'e2e'] },
      'packages/gone/dist/src/index.js': '',
      'packages/gone/.turbo/log': '',
      'packages/begun/src/index.ts': '',
      'packages/begun/dist/src/index.js': '',
      'packages/kept/package.json': {},
      'packages/kept/dist/src/index.js': ''
    })
    expect(pruneRemovedWorkspaces(fixture.root)).toEqual(['packages/gone'])
    expect(['packages/gone', 'packages/begun', 'packages/kept'].filter(has)).toEqual([
      'packages/begun',
      'packages/kept'
    ])
  })
})

describe('a failed build', () => {
  const packages = [
    { name: '@umbel/a', path: 'packages/a' },
    { name: '@umbel/b', path: 'packages/b' }
  ]

  it('is told in the messages of the compiler, each once, with paths from the root', () => {
    const output = [
      '@umbel/a:build: cache miss, executing 1',
      '@umbel/a:build: src/x.ts(1,2): error TS1: no',
      '@umbel/a:build:   because',
      '@umbel/b:build: ../a/src/x.ts(1,2): error TS1: no',
      '@umbel/b:build: npm error code 1'
    ]
    expect(compilerMessages(output.join('\n'), packages)).toBe('packages/a/src/x.ts(1,2): error TS1: no\n  because')
  })

  it('is told in full where the compiler said nothing', () => {
    expect(compilerMessages('turbo: no\n', packages)).toBe('turbo: no')
  })
})

function has(path) {
  return existsSync(join(fixture.root, path))
}
