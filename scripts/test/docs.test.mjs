import { afterEach, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { blocksOf, refusalOf } from '../docs/blocks.mjs'
import { repository } from '../lib/workspaces.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture?.remove())

describe('the blocks of a page', () => {
  it('are those in TypeScript, with their line and name', () => {
    const page = [
      '# Title',
      '```sh',
      'npm test',
      '```',
      '```ts',
      '// tasks.ts',
      'export const a = 1',
      '```',
      '1. step',
      '   ```typescript',
      '   const b = 2',
      '   ```'
    ]
    expect(blocksOf(page.join('\n'))).toEqual([
      { line: 6, name: 'tasks.ts', code: '// tasks.ts\nexport const a = 1' },
      { line: 11, name: undefined, code: 'const b = 2' }
    ])
  })

  it('may be fenced longer than what they hold', () => {
    expect(blocksOf('````md\n```ts\nbad\n```\n````\n')).toEqual([])
  })

  it('may not switch the compiler off', () => {
    expect(refusalOf('// @ts-nocheck\n')).toMatch('@ts-nocheck is refused')
    expect(refusalOf('// @ts-expect-error: too many\n')).toBeUndefined()
  })
})

describe('check-docs', () => {
  it('says on which line of which page the compiler is not content', async () => {
    const page = '# Guide\n\n```ts\n// file: tasks.ts\nexport const add = (x: number): number => x\n```\n'
    const use = "\n```ts\nimport { add } from './tasks.js'\nadd(1)\nadd('2')\n```\n"
    const { code, stdout } = await check({ 'docs/guide.md': page + use, 'README.md': '```ts\n// @ts-nocheck\n```\n' })
    expect(code).toBe(1)
    expect(stdout).toContain("docs/guide.md:11:5 error TS2345: Argument of type 'string'")
    expect(stdout).toContain('README.md:2 @ts-nocheck is refused')
    expect(stdout).toContain('docs: 3 TypeScript blocks on 2 pages, 2 errors')
  })

  it('is content with pages that compile', async () => {
    const { code, stdout } = await check({
      'README.md': '```ts\nconst one: number = await Promise.resolve(1)\nconsole.log(one)\n```\n'
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'docs: 1 TypeScript blocks on 1 pages, 0 errors\n' })
  })
})

async function check(files) {
  fixture = tree({ 'package.json': { workspaces: ['packages/*'] }, ...files })
  fixture.link('node_modules', join(repository, 'node_modules'))
  const script = join(repository, 'scripts/check-docs.mjs')
  return promisify(execFile)(process.execPath, [script, fixture.root]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout })
  )
}

describe('the advice to who writes tasks', () => {
  const page = readFileSync(join(repository, 'docs/tasks.md'), 'utf8')
  const [, advice = ''] = page.split('\n## Advice\n')
  const tips = advice.split(/\n- /).slice(1)

  it('[T-53] tells not to wait, to ignore results, of the grain, of the place of data, of ids and of transactions', () => {
    const expected = [
      [/wait for a task inside a task/, /chain/],
      [/^\*\*Ignore results/, /ignoreResult: true/],
      [/grain/, /chunks/],
      [/where the data is/, /queues/],
      [/^\*\*Pass ids, not objects/, /may have changed/],
      [/after the commit/, /before the transaction/]
    ]
    expect(tips).toHaveLength(expected.length)
    for (const [index, patterns] of expected.entries())
      for (const pattern of patterns) expect(tips[index]).toMatch(pattern)
  })
})
