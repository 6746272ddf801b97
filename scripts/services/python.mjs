// A virtual environment with Celery, made once and kept: `.cache/python/<key>`, the key being what is in it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from '../lib/run.mjs'
import { repository } from '../lib/workspaces.mjs'

export const requirements = join(repository, 'e2e/python/requirements.txt')
/** UMBEL_SERVICES names another: tests of this have their own. */
const home = process.env.UMBEL_SERVICES ? join(process.env.UMBEL_SERVICES, 'python') : join(repository, '.cache/python')

/** Seconds: a slow line to PyPI. */
const patience = 600

/** A Python that can make environments: Debian's without python3-venv cannot. */
export function findPython() {
  const probe = spawnSync('python3', ['-c', 'import ensurepip, venv'], { timeout: 20_000, stdio: 'ignore' })
  return probe.status === 0 ? 'python3' : undefined
}

/** The program of the environment, if it is there. */
export function environment() {
  const folder = folderOf()
  return folder && existsSync(join(folder, 'versions')) ? programOf(folder) : undefined
}

/** The environment's program; makes the environment if need be. `say` hears what is in it. */
export async function makeEnvironment({ say }) {
  const folder = folderOf()
  if (!folder || !findPython()) throw new Error('there is no python3 with venv and pip')
  if (!environment()) await make(folder, say)
  say(`services: python has ${readFileSync(join(folder, 'versions'), 'utf8')}`)
  return programOf(folder)
}

async function make(folder, say) {
  say('services: making a virtual environment with Celery …')
  mkdirSync(home, { recursive: true })
  // Another run may make it at the same time; Python does not mind being moved, as long as nobody uses the scripts in bin.
  const fresh = `${folder}.${process.pid}`
  try {
    await succeed('python3', ['-m', 'venv', fresh])
    await succeed(programOf(fresh), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])
    writeFileSync(join(fresh, 'versions'), await versionsIn(fresh))
    if (!existsSync(folder)) renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  for (const name of readdirSync(home).filter(each => !folder.endsWith(each) && !each.includes('.')))
    rmSync(join(home, name), { recursive: true, force: true })
}

async function succeed(program, args) {
  const { code, output } = await capture(program, args, { timeout: patience })
  const said = output.trim().split('\n').slice(-3).join('; ')
  if (code !== 0) throw new Error(`${args.slice(0, 3).join(' ')} ended with exit code ${code}: ${said}`)
}

async function versionsIn(folder) {
  const source = `import platform
from importlib.metadata import version
names = ['celery', 'kombu', 'amqp', 'redis', 'msgpack', 'PyYAML']
print(', '.join(['Python ' + platform.python_version()] + [f'{name} {version(name)}' for name in names]))`
  return (await capture(programOf(folder), ['-c', source], { timeout: 60 })).stdout.trim()
}

/** One a set of versions and Python: another Python of the same machine cannot use it. */
function folderOf() {
  const said = spawnSync('python3', ['-c', 'import sys; print(sys.version, sys.executable)'], { timeout: 20_000 })
  if (said.status !== 0) return undefined
  const key = createHash('sha1').update(readFileSync(requirements)).update(said.stdout).digest('hex').slice(0, 10)
  return join(home, key)
}

function programOf(folder) {
  return join(folder, 'bin/python')
}
