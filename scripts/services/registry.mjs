// Which servers were started for this checkout, kept in a file beside their folders, so that a later run can end them.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture } from '../lib/run.mjs'
import { repository } from '../lib/workspaces.mjs'
import { recipes } from './recipes.mjs'

/** Short, for PostgreSQL's and Redis' sockets are in it. UMBEL_SERVICES names another: tests of this have their own. */
export const base =
  process.env.UMBEL_SERVICES ??
  join(tmpdir(), `umbel-srv-${createHash('sha1').update(repository).digest('hex').slice(0, 8)}`)
const file = join(base, 'servers.json')

/** `{ name, pid, url, folder, ports, owner }`; `owner`: the process that ends it, none: until `services down`. */
export function registered() {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

export function register(server) {
  save([...registered(), server])
}

export function forget(server) {
  save(registered().filter(({ folder }) => folder !== server.folder))
}

/** Its process runs, and is that server: pids are used again. Redis shows its port where others show their folder. */
export async function runs({ pid, folder, port }) {
  if (!isAlive(pid)) return false
  const { stdout } = await capture('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { timeout: 10 })
  return stdout.includes(folder) || stdout.includes(`:${port}`) || folderOf(pid).startsWith(folder)
}

/** Ends it and everything that it started, and removes what it wrote. */
export async function end(server) {
  if (await runs(server)) {
    signal(server.pid, 'SIGTERM')
    await gone(server.pid, 5000)
    signal(server.pid, 'SIGKILL')
  }
  await recipes[server.name].clearUp?.(server)
  rmSync(server.folder, { recursive: true, force: true })
  forget(server)
}

/** What a run that was killed left behind. */
export async function endOrphans() {
  for (const server of registered()) {
    const orphaned = server.owner !== undefined && !isAlive(server.owner)
    if (orphaned || !(await runs(server))) await end(server)
  }
}

function save(servers) {
  mkdirSync(base, { recursive: true })
  writeFileSync(file, `${JSON.stringify(servers, null, 2)}\n`)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The group: a server is a shell script and what it starts. */
export function signal(pid, name) {
  try {
    process.kill(-pid, name)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

async function gone(pid, patience) {
  const end = Date.now() + patience
  while (isAlive(pid) && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
}

function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
