// The first step of every command of this repository: right Node, dependencies installed, packages built.
// Says what it does and how long it took, on standard error; says nothing when all is up to date.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readArguments } from './lib/arguments.mjs'
import { compilerMessages } from './lib/compiler-output.mjs'
import { pruneOutput, pruneRemovedWorkspaces } from './lib/prune.mjs'
import { capture, endChildrenOnSignals } from './lib/run.mjs'
import { repository, workspaces } from './lib/workspaces.mjs'

const neededNode = [20, 19]
const patience = 700

/**
 * Brings the checkout into a state in which everything can run; answers whether it could.
 * @param {{ root?: string, packages?: readonly string[] }} options `packages`: build these and what they need; default all, `[]` none
 */
export async function setup({ root = repository, packages } = {}) {
  const complaint = nodeComplaint(process.versions.node)
  if (complaint) return fail(complaint)
  pruneRemovedWorkspaces(root)
  return (await install(root)) && (packages?.length === 0 || (await build(root, packages ?? [])))
}

/** What is wrong with this version of Node, or undefined. */
export function nodeComplaint(version) {
  const [major, minor] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = neededNode
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return undefined
  return `Umbel needs Node ${neededNode.join('.')} or newer; this is Node ${version}. See https://nodejs.org.`
}

/** 'missing', 'outdated' or 'current', by content of package-lock.json or by the time of the last npm run. */
export function installState(root) {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return 'missing'
  const stamp = stampOf(root)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return 'current'
  return statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs ? 'current' : 'outdated'
}

async function install(root) {
  const state = installState(root)
  if (state === 'current') return true
  const why = state === 'missing' ? 'no node_modules yet' : 'package-lock.json is newer than node_modules'
  say(`setup: npm install (${why}) …`)
  // Not `npm ci`: it refuses a lock file that does not name the binaries of every platform, and it would pull
  // node_modules away under processes that use it. Like it, this installs what is locked and saves nothing.
  const outcome = await npm(root, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])
  if (outcome.code !== 0) return fail(`${outcome.output}\nsetup: npm install failed with exit code ${outcome.code}`)
  writeFileSync(stampOf(root), lockHash(root))
  say(`setup: npm install done in ${outcome.seconds.toFixed(1)} s`)
  return true
}

async function build(root, packages) {
  const announce = setTimeout(() => say('setup: building the packages that changed …'), patience)
  const filters = packages.map(name => `--filter=${name}`)
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--continue=dependencies-successful', ...filters]
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' }
  const outcome = await capture(process.execPath, args, { cwd: root, env })
  clearTimeout(announce)
  if (outcome.code !== 0) return fail(`${compilerMessages(outcome.output, workspaces(root))}\nsetup: the build failed`)
  // Output that turbo brings back from its cache is laid over what is there.
  for (const workspace of workspaces(root)) pruneOutput(workspace.folder)
  const [, cached, total] = /Cached:\s+(\d+) cached, (\d+) total/.exec(outcome.output) ?? []
  if (cached !== total) say(`setup: built ${total - cached} of ${total} packages in ${outcome.seconds.toFixed(1)} s`)
  return true
}

function npm(root, args) {
  const own = process.env.npm_execpath
  if (own?.endsWith('.js')) return capture(process.execPath, [own, ...args], { cwd: root })
  return capture(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd: root })
}

function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

function stampOf(root) {
  return join(root, 'node_modules/.umbel-setup')
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(message) {
  say(message)
  return false
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  readArguments('npm run setup\n\nInstalls and builds what is missing or out of date.')
  endChildrenOnSignals()
  process.exitCode = (await setup()) ? 0 : 1
}
