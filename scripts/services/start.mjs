// Finds or starts the servers that tests need: URLs given, Docker, what is installed, what Debian has.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from '../lib/run.mjs'
import { repository } from '../lib/workspaces.mjs'
import { freePort } from './ready.mjs'
import { freshFolder, recipes } from './recipes.mjs'
import { base, end, endOrphans, register, registered, signal } from './registry.mjs'

/** Seconds; RabbitMQ takes about ten of them on a busy machine. */
const patience = 90
const inRepository = { cwd: repository }

/**
 * @param names of `recipes`
 * @param options `owner`: the process with which they end (none: they stay); `say(line)` hears the progress
 * @returns `{ env, missing: [{ name, why, command }], stop() }`
 */
export async function provide(names, { owner, say }) {
  await endOrphans()
  const env = {}
  const missing = []
  const started = []
  const given = names.filter(name => process.env[recipes[name].variable])
  for (const name of given) env[recipes[name].variable] = process.env[recipes[name].variable]
  const wanted = names.filter(name => !given.includes(name))
  const inCompose = wanted.filter(name => recipes[name].composeUrl)
  const compose = inCompose.length > 0 && (await composeUp(inCompose, say))
  if (compose) for (const name of inCompose) env[recipes[name].variable] = recipes[name].composeUrl
  const here = compose ? wanted.filter(name => !inCompose.includes(name)) : wanted
  await install(here, say)
  await Promise.all(
    here.map(async name => {
      try {
        env[recipes[name].variable] = await bring(name)
      } catch (error) {
        missing.push({ name, why: error.message, command: wayTo(name) })
      }
    })
  )
  async function bring(name) {
    if (recipes[name].make) return await recipes[name].make({ say })
    const server = usable(name, owner) ?? (await start(name, { owner, say }))
    if (owner !== undefined && server.owner === owner) started.push(server)
    return server.url
  }
  // Told to end by a signal, there is no time to wait for them; the next run clears up behind.
  const containers = owner === undefined ? [] : (compose?.fresh ?? [])
  const atExit = () => {
    started.forEach(server => signal(server.pid, 'SIGKILL'))
    if (containers.length > 0) spawn(...composeStop(containers), { ...inRepository, detached: true, stdio: 'ignore' })
  }
  process.once('exit', atExit)
  const stop = async () => {
    try {
      await stopAll(started)
      if (containers.length > 0) await capture(...composeStop(containers), { ...inRepository, timeout: 60 })
    } finally {
      process.off('exit', atExit)
    }
  }
  return { env, missing, stop }
}

/** One that stays, or our own: another run ends its servers while we still need them. */
function usable(name, owner) {
  return registered().find(known => known.name === name && (known.owner === undefined || known.owner === owner))
}

/** One after the other: they share a file. */
async function stopAll(servers) {
  for (const server of servers.splice(0)) await end(server)
}

async function start(name, { owner, say }) {
  const recipe = recipes[name]
  const program = recipe.find()
  if (!program) throw new Error(`${recipe.debian} is not installed`)
  const began = performance.now()
  const folder = mkdtempSync(`${freshFolder(base)}/${name}-`)
  const port = await freePort()
  const ports = Object.fromEntries(
    await Promise.all((recipe.extraPorts ?? []).map(async each => [each, await freePort()]))
  )
  const server = { name, program, folder, port, ports, url: recipe.url({ port }), owner }
  try {
    await recipe.prepare?.(server)
    const child = await launch(server, await recipe.command(server))
    const running = { ...server, pid: child.pid }
    register(running)
    await untilReady(running, child)
    say(`services: ${name} is ready on port ${port} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
    return running
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function launch({ folder, name }, { file, args, env = {} }) {
  const log = openSync(join(folder, 'server.log'), 'a')
  const options = { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', log, log], detached: true }
  const child = spawn(file, args.map(String), options)
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', error => reject(new Error(`${name} cannot be started: ${error.message}`)))
  })
  child.unref()
  return child
}

async function untilReady(server, child) {
  const end = Date.now() + patience * 1000
  while (!(await recipes[server.name].ready(server))) {
    if (child.exitCode !== null) throw await broken(server, `ended with exit code ${child.exitCode}`)
    if (Date.now() > end) throw await broken(server, `did not answer within ${patience} s`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function broken(server, what) {
  const log = readFileSync(join(server.folder, 'server.log'), 'utf8').trim().split('\n').slice(-5).join('\n')
  await end(server)
  return new Error(`${server.name} ${what}: ${log}`)
}

/** `fresh`: those that did not run before; undefined where Docker cannot bring them. */
async function composeUp(names, say) {
  const { code } = await capture('docker', ['info'], { timeout: 10 })
  if (code !== 0) return undefined
  const { stdout } = await capture('docker', ['compose', 'ps', '--services', '--status', 'running'], inRepository)
  const fresh = names.filter(name => !stdout.split('\n').includes(name))
  say(`services: docker compose up ${names.join(' ')} …`)
  const args = ['compose', 'up', '--detach', '--wait', ...names]
  if ((await capture('docker', args, { ...inRepository, timeout: 300 })).code === 0) return { fresh }
  if (fresh.length > 0) await capture(...composeStop(fresh), { ...inRepository, timeout: 60 })
  return undefined
}

function composeStop(names) {
  return ['docker', ['compose', 'stop', ...names]]
}

/** Debian's packages, for root; their own services are not started. */
async function install(names, say) {
  const packages = names.filter(name => !recipes[name].find()).map(name => recipes[name].debian)
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  say(`services: apt-get install ${packages.join(' ')} …`)
  const policy = '/usr/sbin/policy-rc.d'
  const own = !existsSync(policy)
  const undo = () => own && rmSync(policy, { force: true })
  // Told to end in the middle, the machine must not be left unable to start services.
  process.once('exit', undo)
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const args = ['install', '--yes', '--no-install-recommends', ...packages]
    if ((await capture('apt-get', args, { env, timeout: 600 })).code === 0) return
    await capture('apt-get', ['update'], { env, timeout: 300 })
    await capture('apt-get', args, { env, timeout: 600 })
  } finally {
    undo()
    process.off('exit', undo)
  }
}

function wayTo(name) {
  const { debian, variable, otherwise } = recipes[name]
  if (otherwise) return `apt-get install ${debian} (as root), ${otherwise}`
  return `apt-get install ${debian} (as root), docker compose up --wait ${name}, or ${variable}=<url>`
}
