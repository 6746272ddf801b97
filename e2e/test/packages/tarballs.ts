import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { PackedPackage } from '../../src/packages/packed.js'
import { REPOSITORY } from '../../src/packages/places.js'
import type { Strangers } from '../../src/packages/stranger.js'

/** What npm would publish. */
export function describeTarballs(strangers: () => Strangers): void {
  describe('the tarballs', () => {
    it('hold sources, what was built of them, README and license, and nothing else', () => {
      expect(faultsOf(strangers().packages, foreignFiles)).toEqual([])
      expect(faultsOf(strangers().packages, missingFiles)).toEqual([])
    })

    it('hold all that their package.json points to', () => {
      expect(faultsOf(strangers().packages, brokenTargets)).toEqual([])
    })

    it('have the repository’s license', async () => {
      const text = (folder: string): Promise<string> => readFile(join(folder, 'LICENSE'), 'utf8')
      const license = await text(REPOSITORY)
      for (const { source } of strangers().packages) expect(await text(source)).toBe(license)
    })

    it('say what npm should know of them', () => {
      for (const { manifest } of strangers().packages) {
        expect(manifest).toMatchObject({
          description: expect.stringMatching(/^\S.*\.$/),
          keywords: expect.arrayContaining(['celery']),
          license: 'MIT',
          type: 'module',
          engines: { node: '>=20.19' },
          publishConfig: { access: 'public' }
        })
      }
    })

    it('need exactly this version of each other, and each is packed', () => {
      const versions = new Map(strangers().packages.map(({ manifest }) => [manifest.name, manifest.version]))
      for (const { manifest } of strangers().packages) {
        for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
          if (name.startsWith('@umbel/'))
            expect([manifest.name, name, version]).toEqual([manifest.name, name, versions.get(name)])
        }
      }
    })
  })
}

function faultsOf(
  packages: readonly PackedPackage[],
  faults: (one: PackedPackage) => readonly string[]
): readonly string[] {
  expect(packages.length).toBeGreaterThan(10)
  return packages.flatMap(one => faults(one).map(path => `${one.manifest.name}: ${path}`))
}

function foreignFiles({ files, manifest }: PackedPackage): readonly string[] {
  const bins = Object.values(manifest.bin ?? {})
  const allowed = /^(?:LICENSE|README\.md|package\.json|src\/.+\.ts|dist\/src\/.+\.(?:js|d\.ts)(?:\.map)?)$/
  return files.filter(path => !bins.includes(path) && (!allowed.test(path) || /\.test\./.test(path)))
}

function missingFiles({ files }: PackedPackage): readonly string[] {
  const built = files
    .filter(path => path.startsWith('src/'))
    .flatMap(path => ['.js', '.js.map', '.d.ts', '.d.ts.map'].map(ending => `dist/${path.replace(/\.ts$/, ending)}`))
  return ['LICENSE', 'README.md', 'package.json', 'src/index.ts', ...built].filter(path => !files.includes(path))
}

function brokenTargets({ files, manifest }: PackedPackage): readonly string[] {
  const targets = Object.values(manifest.exports ?? {}).flatMap(target =>
    typeof target === 'string' ? [target] : Object.values(target)
  )
  const conditions = Object.values(manifest.exports ?? {}).filter(target => typeof target !== 'string')
  // TypeScript and Node read conditions in order: types has to be the first, default the last.
  const disordered = conditions.map(target => Object.keys(target).join()).filter(order => order !== 'types,default')
  const pointed = [...targets, ...Object.values(manifest.bin ?? {})].map(path => path.replace(/^\.\//, ''))
  return [...pointed.filter(path => !files.includes(path)), ...disordered]
}
