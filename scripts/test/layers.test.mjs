import { afterEach, describe, expect, it } from '@jest/globals'
import { violations } from '../layers/rules.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture.remove())

describe('check-layers', () => {
  it('finds nothing in a tree that keeps the rules', () => {
    expect(found({})).toEqual([])
  })

  it('refuses an arrow upwards, also for tests', () => {
    const changes = {
      'packages/runtime/package.json': manifest('runtime', { devDependencies: { '@umbel/transport': '0.1.0' } })
    }
    expect(found(changes)).toEqual([
      'packages/runtime/package.json: depends on packages/transport, which is not in a lower layer',
      'packages/runtime/tsconfig.json: does not reference @umbel/transport, which package.json depends on'
    ])
  })

  it('refuses an arrow within a layer', () => {
    const changes = {
      'packages/backend/package.json': manifest('backend', { dependencies: { '@umbel/transport': '0.1.0' } }),
      'packages/backend/tsconfig.json': { references: [{ path: '../transport' }] },
      'packages/backend/README.md': '# backend'
    }
    expect(found(changes)).toEqual([
      'packages/backend/package.json: depends on packages/transport, which is not in a lower layer'
    ])
  })

  it('wants a layer for every workspace', () => {
    const changes = { 'packages/novel/package.json': manifest('novel'), 'packages/novel/README.md': '# novel' }
    expect(found(changes)).toEqual(['packages/novel: has no layer; add it to scripts/layers/order.mjs'])
  })

  it('wants references and dependencies to be the same', () => {
    expect(found({ 'packages/transport/tsconfig.json': { references: [{ path: '../sql' }] } })).toEqual([
      'packages/transport/tsconfig.json: does not reference @umbel/runtime, which package.json depends on',
      'packages/transport/tsconfig.json: references ../sql, which package.json does not depend on'
    ])
  })

  it('wants the version of the workspace', () => {
    const changes = {
      'packages/transport/package.json': manifest('transport', { dependencies: { '@umbel/runtime': '^0.1.0' } })
    }
    expect(found(changes)).toEqual([
      expect.stringContaining('wants @umbel/runtime ^0.1.0, but the workspace is at 0.1.0')
    ])
  })

  it('wants a README and a description', () => {
    const changes = {
      'packages/runtime/README.md': ' \n',
      'packages/runtime/package.json': { ...manifest('runtime'), description: '' }
    }
    expect(found(changes)).toEqual([
      'packages/runtime/package.json: has no description; say in one sentence what the package is',
      'packages/runtime: has no README.md'
    ])
  })

  it.each([
    ['a static import', "import { pick } from 'lodash'"],
    ['a type import', "import type { Pick } from 'lodash/fp'"],
    ['an import for its effect', "import 'lodash'"],
    ['a re-export', "export { pick } from 'lodash'"],
    ['a dynamic import', "export const late = () => import('lodash')"],
    ['an import inside a type', "export type Late = typeof import('lodash')"]
  ])('refuses %s that is not declared', (_what, source) => {
    expect(found({ 'packages/transport/src/a.ts': `\n${source}\n` })).toEqual([
      "packages/transport/src/a.ts:2 imports 'lodash', which package.json does not declare for src code"
    ])
  })

  it('sees code only: comments, texts and templates may say what they like', () => {
    const source = "// import 'lodash'\nexport const text = `\nimport { pick } from 'lodash'\n`\n"
    expect(found({ 'packages/transport/src/a.ts': source })).toEqual([])
  })

  it('lets only tests and conformance suites use what is declared for development', () => {
    const source = "import { expect } from '@jest/globals'\nexport const a = expect\n"
    const changes = {
      'packages/transport/src/a.ts': source,
      'packages/transport/src/conformance/a.ts': source,
      'packages/transport/test/a.test.ts': source,
      'packages/runtime/src/conformance/a.ts': source
    }
    expect(found(changes)).toEqual([
      "packages/runtime/src/conformance/a.ts:1 imports '@jest/globals', which package.json does not declare for conformance code",
      "packages/transport/src/a.ts:1 imports '@jest/globals', which package.json does not declare for src code"
    ])
  })

  it('refuses a relative import that leaves the package', () => {
    expect(found({ 'packages/transport/src/a.ts': "export { clock } from '../../runtime/src/index.js'" })).toEqual([
      "packages/transport/src/a.ts:1 imports '../../runtime/src/index.js', which is outside its package; import the other package by name"
    ])
  })

  it('refuses an import past the exports of a package', () => {
    expect(found({ 'packages/transport/src/a.ts': "import '@umbel/runtime/dist/src/clock.js'" })).toEqual([
      "packages/transport/src/a.ts:1 imports '@umbel/runtime/dist/src/clock.js', which packages/runtime does not export"
    ])
  })

  it('lets a package import itself by name in tests alone', () => {
    const source = "import '@umbel/transport'"
    expect(found({ 'packages/transport/src/a.ts': source, 'packages/transport/test/a.test.ts': source })).toEqual([
      "packages/transport/src/a.ts:1 imports its own package '@umbel/transport'; use a relative path"
    ])
  })

  it.each(["export * from './b.js'", "export * as b from './b.js'"])('refuses %s', source => {
    expect(found({ 'packages/transport/src/a.ts': source })).toEqual([
      "packages/transport/src/a.ts:1 exports everything of './b.js'; list the names"
    ])
  })
})

function found(changes) {
  fixture = tree({ ...good, ...changes })
  return violations(fixture.root)
}

function manifest(name, more = {}) {
  return {
    name: `@umbel/${name}`,
    version: '0.1.0',
    description: `The ${name}.`,
    exports: { '.': './dist/src/index.js', './package.json': './package.json' },
    ...more
  }
}

const good = {
  'package.json': { workspaces: ['packages/*', 'e2e'], devDependencies: { '@jest/globals': '30.0.0' } },
  'packages/runtime/package.json': manifest('runtime'),
  'packages/runtime/README.md': '# runtime',
  'packages/runtime/tsconfig.json': { references: [] },
  'packages/runtime/src/index.ts': "import { join } from 'node:path'\nexport const here = join('a', 'b')\n",
  'packages/transport/package.json': manifest('transport', {
    dependencies: { '@umbel/runtime': '0.1.0' },
    peerDependencies: { '@jest/globals': '>=30' }
  }),
  'packages/transport/README.md': '# transport',
  'packages/transport/tsconfig.json': { references: [{ path: '../runtime' }] },
  'packages/transport/src/index.ts': "import { here } from '@umbel/runtime'\nexport const there: string = here\n"
}
