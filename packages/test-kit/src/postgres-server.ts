import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from './port.js'
import { until } from './until.js'

export interface PostgresServer {
  readonly port: number
  /** Ends it as a crash does, and its folder is left to the caller. */
  dispose(): Promise<void>
}

export interface PostgresServerOptions {
  /** Everything is written below it. */
  readonly folder: string
  /** Lines of postgresql.conf, as `name=value`. */
  readonly settings: readonly string[]
  /** Files that the server must own. */
  readonly own?: readonly string[]
}

/** A PostgreSQL server of a test's own, on loopback, with the user `umbel`. @throws where none is installed */
export async function startPostgres({ folder, settings, own = [] }: PostgresServerOptions): Promise<PostgresServer> {
  const port = await freePort()
  const data = join(folder, 'data')
  mkdirSync(data)
  const user = serverUser()
  for (const path of [folder, data, ...own]) if (user !== undefined) chownSync(path, user.uid, user.gid)
  execFileSync(program('initdb'), ['-D', data, '-U', 'umbel', '-A', 'trust', '--no-sync'], { ...user, stdio: 'ignore' })
  const all = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', ...settings]
  const options = ['-D', data, '-p', String(port), ...all.flatMap(setting => ['-c', setting])]
  const child = spawn(program('postgres'), options, { ...user, stdio: 'ignore' })
  await until(() => isReady(port), { what: 'PostgreSQL answers', deadline: 30 })
  return { port, dispose: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGQUIT')
  await once(child, 'exit')
}

function isReady(port: number): boolean {
  try {
    execFileSync(program('pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q'])
    return true
  } catch {
    return false
  }
}

/** It refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Debian keeps the programs off the PATH, a folder for each version. */
function program(name: string): string {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((left, right) => Number(right) - Number(left)) : []
  return versions.map(version => join(base, version, 'bin', name)).find(existsSync) ?? name
}
