// How each server of the tests is started: on loopback, on a free port, with everything it writes in a folder of its own.
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from '../lib/run.mjs'
import { environment, findPython, makeEnvironment } from './python.mjs'
import { answersAmqp, answersRedis } from './ready.mjs'

/**
 * `variable`: where tests read the URL. `debian`: the package that brings it. `find` answers the program's path.
 * `prepare` makes what it needs once, `command` says how it is run, `ready` whether it answers.
 * What is no server has `make`, which answers what the variable is to say, and `made`, which answers it where it is there.
 */
export const recipes = {
  redis: {
    variable: 'UMBEL_TEST_REDIS',
    debian: 'redis-server',
    composePort: 6379,
    find: () => onPath('redis-server'),
    url: ({ port }) => `redis://127.0.0.1:${port}/0`,
    composeUrl: 'redis://127.0.0.1:6379/0',
    command: ({ program, port, folder }) => ({
      file: program,
      args: [
        '--port',
        port,
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--unixsocket',
        join(folder, 'redis.sock')
      ]
    }),
    ready: ({ port }) => answersRedis(port)
  },
  rabbitmq: {
    variable: 'UMBEL_TEST_RABBITMQ',
    debian: 'rabbitmq-server',
    // The program on the PATH changes to another user; this one runs as we do.
    find: () => firstOf(['/usr/lib/rabbitmq/bin/rabbitmq-server']) ?? onPath('rabbitmq-server'),
    url: ({ port }) => `amqp://guest:guest@127.0.0.1:${port}//`,
    composeUrl: 'amqp://guest:guest@127.0.0.1:5672//',
    extraPorts: ['distribution', 'epmd'],
    prepare: async ({ folder }) => {
      writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
      writeFileSync(join(folder, 'rabbitmq.conf'), 'loopback_users = none\nlog.console = false\n')
    },
    command: ({ program, port, folder, ports }) => ({
      file: program,
      args: [],
      env: rabbitEnvironment({ port, folder, ports })
    }),
    ready: ({ port }) => answersAmqp(port),
    // The port mapper that Erlang starts beside the node outlives it.
    clearUp: async ({ ports }) => {
      const epmd = onPath('epmd')
      if (epmd) await capture(epmd, ['-port', String(ports.epmd), '-kill'], { timeout: 10 })
    }
  },
  postgres: {
    variable: 'UMBEL_TEST_POSTGRES',
    debian: 'postgresql',
    find: () => firstOf(postgresFolders().map(folder => join(folder, 'postgres'))) ?? onPath('postgres'),
    url: ({ port }) => `postgresql://umbel@127.0.0.1:${port}/postgres`,
    composeUrl: 'postgresql://umbel:umbel@127.0.0.1:5432/umbel',
    prepare: async ({ program, folder }) => {
      const user = await unprivileged()
      if (user) chownSync(folder, user.uid, user.gid)
      const initdb = program.replace(/postgres$/, 'initdb')
      const args = [
        '-D',
        join(folder, 'data'),
        '-U',
        'umbel',
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--locale',
        'C',
        '--no-sync'
      ]
      const outcome = await capture(...as(user, initdb, args), { cwd: folder, timeout: 60 })
      if (outcome.code !== 0) throw new Error(`initdb ended with exit code ${outcome.code}: ${outcome.output.trim()}`)
    },
    command: async ({ program, port, folder }) => {
      const options = [
        'listen_addresses=127.0.0.1',
        `unix_socket_directories=${folder}`,
        'fsync=off',
        'max_connections=200'
      ]
      const args = ['-D', join(folder, 'data'), '-p', port, ...options.flatMap(option => ['-c', option])]
      const [file, given] = as(await unprivileged(), program, args)
      return { file, args: given }
    },
    ready: async ({ program, port }) => {
      const args = ['-h', '127.0.0.1', '-p', String(port), '-U', 'umbel', '-d', 'postgres', '-q']
      return (await capture(program.replace(/postgres$/, 'pg_isready'), args, { timeout: 10 })).code === 0
    }
  },
  python: {
    variable: 'UMBEL_TEST_PYTHON',
    debian: 'python3-venv',
    otherwise: 'access to PyPI, or UMBEL_TEST_PYTHON=<a Python with e2e/python/requirements.txt>',
    find: findPython,
    made: environment,
    make: makeEnvironment
  }
}

function rabbitEnvironment({ port, folder, ports }) {
  return {
    HOME: folder,
    RABBITMQ_NODENAME: `umbel-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd)
  }
}

/** PostgreSQL refuses to run as root: then somebody else, who exists on every Debian machine. */
async function unprivileged() {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const { code, stdout } = await capture('id', [name], { timeout: 10 })
    const [, uid, gid] = /uid=(\d+)\S* gid=(\d+)/.exec(stdout) ?? []
    if (code === 0 && uid) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
}

function as(user, program, args) {
  if (!user) return [program, args]
  return ['setpriv', [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', program, ...args]]
}

function postgresFolders() {
  const base = '/usr/lib/postgresql'
  if (!existsSync(base)) return []
  return readdirSync(base)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(base, version, 'bin'))
}

function onPath(name) {
  return firstOf((process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name)))
}

function firstOf(files) {
  return files.find(file => existsSync(file))
}

export function freshFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}
