// Names the exact state of the sources, committed or not, so that test results can be matched with it.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const written = new Set(['docs/parity.md'])

/**
 * The commit, and a hash over every file that git knows or would add. docs/parity.md is left out: it is made from the results.
 * Both are undefined outside a git checkout; then no result is ever taken for fresh.
 */
export function workTree(root) {
  try {
    return { commit: git(root, ['rev-parse', 'HEAD']).trim(), tree: hashOf(root) }
  } catch {
    return { commit: undefined, tree: undefined }
  }
}

function hashOf(root) {
  const hash = createHash('sha256')
  const listed = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0')
  const names = [...new Set(listed)].filter(name => name && !written.has(name))
  for (const name of names.sort()) {
    hash.update(`${name}\0${fingerprint(join(root, name))}\0`)
  }
  return hash.digest('hex')
}

function fingerprint(file) {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (!stats?.isFile()) return stats ? 'not a file' : 'missing'
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function git(root, args) {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore']
  })
}
