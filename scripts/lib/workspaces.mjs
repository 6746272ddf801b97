// Where the repository and its workspaces are. Only node: modules: it is used before anything is installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/**
 * The workspaces of a repository, in the order of the patterns in its package.json.
 * `path` is relative to the root ('packages/runtime'), `short` its last part ('runtime').
 */
export function workspaces(root = repository) {
  const patterns = readJson(join(root, 'package.json')).workspaces
  return patterns
    .flatMap(pattern => foldersOf(root, pattern))
    .filter(path => existsSync(join(root, path, 'package.json')))
    .map(path => {
      const folder = join(root, path)
      const manifest = readJson(join(folder, 'package.json'))
      return { path, folder, short: basename(path), name: manifest.name, manifest }
    })
}

/** The folders that a workspace pattern ('packages/*' or 'e2e') stands for, relative to the root. */
export function foldersOf(root, pattern) {
  if (!pattern.endsWith('/*')) return existsSync(join(root, pattern)) ? [pattern] : []
  const parent = pattern.slice(0, -2)
  if (!existsSync(join(root, parent))) return []
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => `${parent}/${entry.name}`)
    .sort()
}

/** Every file below a folder as an absolute path; none where the folder is missing. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
