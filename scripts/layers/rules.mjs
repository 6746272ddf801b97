// The rules on what a package may depend on and import. Each answers the violations it finds, as sentences.
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { filesBelow, readJson, workspaces } from '../lib/workspaces.mjs'
import { importsOf } from './imports.mjs'
import { layerOf } from './order.mjs'

/** Every violation in the repository below `root`. */
export function violations(root) {
  const all = workspaces(root)
  const rootTools = Object.keys(readJson(join(root, 'package.json')).devDependencies ?? {})
  return all.flatMap(workspace => {
    const context = { root, all, rootTools, workspace, byName: new Map(all.map(each => [each.name, each])) }
    return rules.flatMap(rule => rule(context)).map(sentence => `${workspace.path}${sentence}`)
  })
}

const rules = [described, downwards, exactVersions, referenced, imports]

function described({ workspace }) {
  if (workspace.path === 'e2e') return []
  const readme = join(workspace.folder, 'README.md')
  const found = []
  if (!workspace.manifest.description)
    found.push('/package.json: has no description; say in one sentence what the package is')
  if (!existsSync(readme) || readFileSync(readme, 'utf8').trim() === '') found.push(': has no README.md')
  return found
}

function downwards({ workspace, byName }) {
  const own = layerOf(workspace.path)
  if (own === undefined) return [': has no layer; add it to scripts/layers/order.mjs']
  return dependencyNames(workspace.manifest)
    .map(name => byName.get(name))
    .filter(dependency => dependency && (layerOf(dependency.path) ?? Infinity) >= own)
    .map(({ path }) => `/package.json: depends on ${path}, which is not in a lower layer`)
}

function exactVersions({ workspace, byName }) {
  return Object.entries(allDependencies(workspace.manifest))
    .filter(([name, version]) => byName.has(name) && version !== byName.get(name).manifest.version)
    .map(([name, version]) => {
      const actual = byName.get(name).manifest.version
      return `/package.json: wants ${name} ${version}, but the workspace is at ${actual}; npm would fetch another copy`
    })
}

function referenced({ workspace, byName }) {
  const file = join(workspace.folder, 'tsconfig.json')
  if (!existsSync(file)) return []
  const expected = dependencyNames(workspace.manifest).filter(name => byName.has(name))
  const actual = (readJson(file).references ?? []).map(({ path }) => {
    const folder = resolve(workspace.folder, path)
    return [...byName.values()].find(each => each.folder === folder)?.name ?? path
  })
  const missing = expected.filter(name => !actual.includes(name))
  const extra = actual.filter(name => !expected.includes(name))
  return [
    ...missing.map(name => `/tsconfig.json: does not reference ${name}, which package.json depends on`),
    ...extra.map(name => `/tsconfig.json: references ${name}, which package.json does not depend on`)
  ]
}

function imports(context) {
  const { folder } = context.workspace
  return ['src', 'test', 'bench']
    .flatMap(part => filesBelow(join(folder, part)))
    .filter(file => /\.([mc]?ts|tsx|mjs|js)$/.test(file) && !file.split(sep).includes('vectors'))
    .flatMap(file => {
      const path = relative(folder, file).split(sep).join('/')
      return importsOf(file).flatMap(each => {
        const complaint = complaintAbout(each, { ...context, file, kind: kindOf(path, context.workspace) })
        return complaint ? [`/${path}:${each.line} ${complaint}`] : []
      })
    })
}

function complaintAbout({ from, isExportAll }, context) {
  if (isExportAll) return `exports everything of '${from}'; list the names`
  if (from.startsWith('.')) return complaintAboutRelative(from, context)
  if (isBuiltin(from) || from.startsWith('#')) return undefined
  const [, name, subpath] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(from) ?? [from, from]
  return complaintAboutName(name, context) ?? complaintAboutSubpath(name, subpath, context)
}

function complaintAboutRelative(from, { workspace, file }) {
  const target = resolve(dirname(file), from)
  if (target.startsWith(workspace.folder + sep)) return undefined
  return `imports '${from}', which is outside its package; import the other package by name`
}

function complaintAboutName(name, { workspace, rootTools, kind }) {
  const { manifest } = workspace
  if (name === manifest.name)
    return kind === 'src' ? `imports its own package '${name}'; use a relative path` : undefined
  const has = field => manifest[field]?.[name] !== undefined
  if (has('dependencies') || has('optionalDependencies')) return undefined
  if (kind === 'src' && has('peerDependencies') && !rootTools.includes(name)) return undefined
  if (kind !== 'src' && (has('peerDependencies') || has('devDependencies'))) return undefined
  if (kind === 'test' && rootTools.includes(name)) return undefined
  return `imports '${name}', which package.json does not declare for ${kind} code`
}

function complaintAboutSubpath(name, subpath, { byName }) {
  const target = byName.get(name)
  const { exports } = target?.manifest ?? {}
  if (!exports || exports[subpath ? `./${subpath}` : '.'] !== undefined) return undefined
  return `imports '${name}/${subpath}', which ${target.path} does not export`
}

// Conformance suites ship with the package but run in other packages' tests, and so does all of a package for tests.
function kindOf(path, workspace) {
  if (workspace.path === 'packages/test-kit') return 'test'
  if (path.startsWith('src/conformance/')) return 'conformance'
  return path.startsWith('src/') ? 'src' : 'test'
}

function dependencyNames(manifest) {
  return Object.keys(allDependencies(manifest))
}

function allDependencies(manifest) {
  return { ...manifest.devDependencies, ...manifest.peerDependencies, ...manifest.dependencies }
}
