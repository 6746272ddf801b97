import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REPOSITORY } from './places.js'
import { shell } from './shell.js'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license?: string
  readonly engines?: Readonly<Record<string, string>>
  readonly publishConfig?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

export interface PackedPackage {
  readonly manifest: Manifest
  /** Where it is in the repository. */
  readonly source: string
  readonly tarball: string
  /** Paths inside the tarball. */
  readonly files: readonly string[]
}

interface PackReport {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Every workspace that is published, as `npm pack` makes it. */
export async function packAll(destination: string): Promise<readonly PackedPackage[]> {
  const sources = await publishable()
  const chosen = sources.map(({ manifest }) => `-w ${manifest.name}`).join(' ')
  const line = `npm pack ${chosen} --json --ignore-scripts --pack-destination '${destination}'`
  const reports = JSON.parse(await shell(line, REPOSITORY)) as readonly PackReport[]
  return sources.map(({ manifest, source }) => {
    const report = reports.find(({ name }) => name === manifest.name)
    if (report === undefined) throw new Error(`npm pack made no tarball of ${manifest.name}`)
    const files = report.files.map(({ path }) => path)
    return { manifest, source, tarball: join(destination, report.filename), files }
  })
}

/** Those packages and what they need of ours. */
export function withDependencies(all: readonly PackedPackage[], names: readonly string[]): readonly PackedPackage[] {
  const wanted = new Set<string>()
  const add = (name: string): void => {
    const found = all.find(({ manifest }) => manifest.name === name)
    if (found === undefined || wanted.has(name)) return
    wanted.add(name)
    for (const dependency of Object.keys(found.manifest.dependencies ?? {})) add(dependency)
  }
  for (const name of names) add(name)
  return all.filter(({ manifest }) => wanted.has(manifest.name))
}

/** Installs tarballs, so that no package of ours is looked up in a registry; what they need of others comes from there. */
export async function install(
  folder: string,
  packages: readonly PackedPackage[],
  others: readonly string[] = []
): Promise<void> {
  const tarballs = packages.map(({ tarball }) => `'${tarball}'`)
  await shell(`npm install --prefer-offline --no-audit --no-fund ${[...tarballs, ...others].join(' ')}`, folder)
}

/** What `packages/` and `apps/` hold and npm may publish. */
async function publishable(): Promise<readonly { readonly manifest: Manifest; readonly source: string }[]> {
  const parents = ['packages', 'apps'].map(name => join(REPOSITORY, name))
  const folders = await Promise.all(
    parents.map(async parent => (await readdir(parent)).map(name => join(parent, name)))
  )
  // What a workspace that is gone leaves behind (dist) has no package.json.
  const present = folders.flat().filter(folder => existsSync(join(folder, 'package.json')))
  const all = await Promise.all(
    present.map(async source => {
      const manifest = await readFile(join(source, 'package.json'), 'utf8')
      return { source, manifest: JSON.parse(manifest) as Manifest }
    })
  )
  return all.filter(({ manifest }) => manifest.private !== true)
}
