import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, jest } from '@jest/globals'
import { REPOSITORY } from '../src/packages/places.js'
import { Strangers } from '../src/packages/stranger.js'
import { describeEntries } from './packages/entries.js'
import { describeParts } from './packages/parts.js'
import { describeReadme } from './packages/readme.js'
import { describeTarballs } from './packages/tarballs.js'
import { describeTypes } from './packages/types.js'

jest.setTimeout(60_000)

describe('the packages as npm packs them, outside the repository', () => {
  let strangers: Strangers
  let installed: string

  // Packed and installed once: the tests only read it.
  beforeAll(async () => {
    strangers = await Strangers.pack()
    const all = strangers.packages.map(({ manifest }) => manifest.name)
    installed = await strangers.install('installed', { ours: all, others: [await nodeTypes()] })
  }, 180_000)

  afterAll(async () => {
    await (strangers as Strangers | undefined)?.remove()
  })

  describeTarballs(() => strangers)
  describeEntries(
    () => strangers,
    () => installed
  )
  describeReadme(
    () => strangers,
    () => installed
  )
  describeTypes(
    () => strangers,
    () => installed
  )
  describeParts(
    () => strangers,
    () => installed
  )
})

/** What TypeScript users of Node have. */
async function nodeTypes(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  return `@types/node@${manifest.devDependencies['@types/node']}`
}
