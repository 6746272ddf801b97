import { afterEach, describe, expect, it } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../lib/workspaces.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture.remove())

// A rule that a new version of the linter renames would go silent.
describe('the lint rules', () => {
  it('fire on code that breaks them', () => {
    const rules = lint('src')
    for (const rule of expected) expect(rules).toContain(rule)
  })

  it('let tests be long and print', () => {
    expect(lint('test')).toEqual([])
  })
})

function lint(folder) {
  const printing = Array.from({ length: 62 }, (_, index) => `  console.log(${index})`).join('\n')
  fixture = tree({
    'tsconfig.json': {
      compilerOptions: { strict: true, module: 'NodeNext', target: 'ES2022', noImplicitAny: false },
      include: ['.']
    },
    'src/bad.ts': bad.replace('PRINTING', printing),
    'src/other.ts': other,
    'test/long.test.ts': `export const long = () => {\n${printing}\n}\n`
  })
  copyFileSync(join(repository, '.oxlintrc.json'), join(fixture.root, '.oxlintrc.json'))
  fixture.link('node_modules', join(repository, 'node_modules'))
  const oxlint = join(repository, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--type-aware', '--format=unix', folder], {
    cwd: fixture.root,
    encoding: 'utf8'
  })
  return [...new Set([...stdout.matchAll(/\[\w+\/([\w-]+\([\w-]+\))\]/g)].map(([, rule]) => rule))].sort()
}

const expected = [
  'typescript(no-floating-promises)',
  'typescript(no-misused-promises)',
  'typescript(consistent-type-imports)',
  'typescript(explicit-module-boundary-types)',
  'typescript(no-explicit-any)',
  'import(no-cycle)',
  'eslint(no-console)',
  'eslint(max-params)',
  'eslint(max-lines)',
  'eslint(max-lines-per-function)'
]

const bad = `import { Other } from './other.js'
import { other } from './other.js'
export function untyped(a) {
  return a
}
export function four(a: number, b: number, c: number, d: number): number {
  return a + b + c + d
}
export const long = (_x: any): void => {
PRINTING
}
export async function floating(): Promise<void> {
  Promise.resolve(1)
  const x: Other = other
  long(x)
  if (Promise.resolve(true)) await Promise.resolve(3)
}
`

const other = `import { untyped } from './bad.js'
export interface Other {
  readonly a: number
}
export const other: Other = { a: 1 }
export const again = (): unknown => untyped(1)
${Array.from({ length: 300 }, (_, index) => `export const line${index} = 1`).join('\n')}
`
