import { describe, expect, it } from '@jest/globals'
import type { Strangers } from '../../src/packages/stranger.js'

/** Every door of every package opens. */
export function describeEntries(strangers: () => Strangers, installed: () => string): void {
  describe('every entry of every package', () => {
    it('loads with import and with require, and is the same module', async () => {
      const entries = entriesOf(strangers())
      const project = await strangers().project(installed(), { 'package.json': '{}', 'load.mjs': LOAD })
      const answers = JSON.parse(await project.run('node load.mjs', JSON.stringify(entries))) as Record<string, string>
      expect(Object.keys(answers)).toHaveLength(entries.length)
      expect(new Set(Object.values(answers))).toEqual(new Set(['same']))
    })

    it('is closed but for what exports says', async () => {
      const project = await strangers().project(installed(), { 'package.json': '{}' })
      await expect(project.run(`node -e "import('@umbel/app/dist/src/umbel.js')"`)).rejects.toThrow(
        'ERR_PACKAGE_PATH_NOT_EXPORTED'
      )
    })
  })
}

const LOAD = `
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
const require = createRequire(import.meta.url)
const answers = {}
for (const entry of JSON.parse(await text(process.stdin))) {
  const imported = await import(entry)
  const required = require(entry)
  const names = Object.keys(imported)
  answers[entry] = names.length > 0 && names.every(name => imported[name] === required[name]) ? 'same' : names.join() + ' differs'
}
console.log(JSON.stringify(answers))
`

// Conformance suites and benchmarks need jest, which users of a package do not have.
function entriesOf({ packages }: Strangers): readonly string[] {
  return packages
    .flatMap(({ manifest }) => Object.keys(manifest.exports ?? {}).map(path => manifest.name + path.slice(1)))
    .filter(entry => !/\/(?:conformance|bench|package\.json)$/.test(entry))
}
