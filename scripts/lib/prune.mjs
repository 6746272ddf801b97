// Compiled output whose source is gone: a deleted test would keep running, a removed package would keep resolving.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow, foldersOf, readJson } from './workspaces.mjs'

const leftBehind = new Set(['dist', 'node_modules', '.turbo'])

/** Removes output below `folder`/dist that no source of the package explains; answers what was removed. */
export function pruneOutput(folder) {
  const dist = join(folder, 'dist')
  const stale = ['src', 'test', 'bench']
    .flatMap(part => filesBelow(join(dist, part)))
    .filter(file => /\.(d\.[mc]?ts|[mc]?js)(\.map)?$/.test(file))
    .filter(file => !existsSync(join(folder, sourceOf(relative(dist, file)))))
  for (const file of stale) rmSync(file)
  return stale
}

/** Removes what a removed workspace left behind: a folder that holds nothing but output. */
export function pruneRemovedWorkspaces(root) {
  const removed = readJson(join(root, 'package.json'))
    .workspaces.flatMap(pattern => foldersOf(root, pattern))
    .filter(path => isOutputOnly(join(root, path)))
  for (const path of removed) rmSync(join(root, path), { recursive: true })
  return removed
}

function isOutputOnly(folder) {
  const names = readdirSync(folder)
  return names.includes('dist') && names.every(name => leftBehind.has(name))
}

// dist/src/x.d.mts.map was made from src/x.mts
function sourceOf(output) {
  return output.replace(/\.map$/, '').replace(/(?:\.d)?\.([mc]?)[jt]s$/, '.$1ts')
}
