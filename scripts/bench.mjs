// `npm run bench`: the figures of the README, measured here; with --peers beside Python's Celery and BullMQ.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { passedArguments } from './lib/arguments.mjs'
import { launch } from './lib/launch.mjs'
import { capture, endChildrenOnSignals } from './lib/run.mjs'
import { repository } from './lib/workspaces.mjs'
import { provide } from './services/start.mjs'

const usage = `npm run bench [-- [--peers] <word of a row> ...]

Measures in three rounds and prints the medians; ends with 1 below a target. Words choose rows: npm run bench -- sqlite chord
--peers runs Python's Celery and BullMQ, which it installs below .cache, and the least that any worker must do, side by side
with ours: npm run bench -- --peers redis drain
Starts the servers that it needs, as npm test does.`

const peers = { folder: join(repository, '.cache/peers'), packages: { bullmq: '6.7.0' } }

endChildrenOnSignals()
const given = passedArguments(usage)
process.exitCode = given[0] === '--peers' ? await race(given.slice(1)) : await bench(given)

function bench(words) {
  const served = ['redis', 'rabbitmq', 'postgres'].filter(name => words.length === 0 || words.includes(name))
  // Results of RabbitMQ's rows are in Redis.
  const names = served.includes('rabbitmq') ? [...new Set([...served, 'redis'])] : served
  const local = words.some(word => ['sqlite', 'memory'].includes(word))
  const all = served.length === 0 && !local ? ['redis', 'rabbitmq', 'postgres'] : names
  return withServers(all, () => launch({ what: 'bench', program: 'e2e/dist/bench/main.js' }, words))
}

function race(words) {
  return withServers(['redis', 'rabbitmq', 'python'], async () => {
    if (!(await installPeers())) return 1
    process.env.BENCH_PEERS = peers.folder
    return launch({ what: 'bench', program: 'e2e/dist/bench/peers/main.js' }, words)
  })
}

async function withServers(names, work) {
  const { env, missing, stop } = await provide(names, { owner: process.pid, say })
  try {
    for (const { name, why, command } of missing) say(`bench: no ${name}: ${why}\n  get it with: ${command}`)
    if (missing.length > 0) return 1
    Object.assign(process.env, env)
    return await work()
  } finally {
    await stop()
  }
}

async function installPeers() {
  const { folder, packages } = peers
  if (Object.keys(packages).every(name => existsSync(join(folder, 'node_modules', name)))) return true
  say(`bench: npm install ${Object.keys(packages).join(' ')} into ${folder} …`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, dependencies: packages })}\n`)
  const { code, output } = await capture('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, timeout: 300 })
  if (code !== 0) say(output)
  return code === 0
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
