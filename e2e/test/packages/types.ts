import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { REPOSITORY } from '../../src/packages/places.js'
import type { Strangers } from '../../src/packages/stranger.js'

const TYPE_TESTS = join(REPOSITORY, 'apps/umbel/test/types')
const LEAST = 40

/** The type tests of `umbel`, against the declarations as packed: nothing here knows where the repository is. */
export function describeTypes(strangers: () => Strangers, installed: () => string): void {
  describe('the packed declarations', () => {
    let files: Record<string, string>

    beforeAll(async () => {
      const names = (await readdir(TYPE_TESTS)).filter(name => name.endsWith('.ts'))
      const texts = await Promise.all(names.map(name => readFile(join(TYPE_TESTS, name), 'utf8')))
      files = Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
    })

    const compile = async (more: Record<string, string> = {}): Promise<string> => {
      const all = { ...files, ...more, 'package.json': '{ "type": "module" }' }
      return await (await strangers().project(installed(), all)).compile({ ...STRICT, noEmit: true })
    }

    it('pass the type tests, strictly, down to the libraries', async () => {
      expect(await compile()).toBe('')
    })

    it('fail what is wrong, where a result typed any or unknown would pass', async () => {
      const complaints = (await compile({ 'wrong.ts': WRONG })).split('\n').filter(line => line !== '')
      const places = complaints.map(line => /^wrong\.ts\((\d+),\d+\): error TS\d+/.exec(line)?.[1])
      expect(places).toEqual(['3', '4', '5', '6', '7'])
    })

    it(`are asked at least ${LEAST} wrong and ${LEAST} right things`, () => {
      const lines = Object.values(files).flatMap(text => text.split('\n'))
      expect(lines.filter(line => line.includes('@ts-expect-error')).length).toBeGreaterThanOrEqual(LEAST)
      expect(lines.filter(line => /^\s*exactly</.test(line)).length).toBeGreaterThanOrEqual(LEAST)
      expect(lines.filter(line => /@ts-(?:ignore|nocheck)/.test(line))).toEqual([])
    })

    it('suffice to people without the types of Node, who skip the check of libraries', async () => {
      const readme = { 'a.ts': WRONG.split('\n').slice(0, 2).join('\n'), 'package.json': '{ "type": "module" }' }
      const project = await strangers().project(installed(), readme)
      expect(await project.compile({ types: [], skipLibCheck: true, noEmit: true })).toBe('')
    })
  })
}

/** As in the repository itself. */
const STRICT = {
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true
}

const WRONG = `import { chain, Umbel } from 'umbel'
export const add = new Umbel('wrong').task('tasks.add', (x: number, y: number) => x + y)
void add.delay(2, 'x')
export const text: string = await add.delay(2, 2).get()
export const nothing: { readonly none: never } = await add.delay(2, 2).get()
void add.s(1).delay()
export const last: string = await (await chain(add.s(1, 1), add.s(2)).delay()).get()
`
