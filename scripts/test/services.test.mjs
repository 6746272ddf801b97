import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { capture } from '../lib/run.mjs'
import { repository } from '../lib/workspaces.mjs'
import { answersRedis } from '../services/ready.mjs'
import { servicesOf } from '../testing/servers.mjs'

const program = join(repository, 'scripts/services.mjs')
let folder
let env

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-services-'))
  const {
    UMBEL_TEST_REDIS: _redis,
    UMBEL_TEST_RABBITMQ: _rabbitmq,
    UMBEL_TEST_POSTGRES: _postgres,
    UMBEL_TEST_PYTHON: _python,
    ...rest
  } = process.env
  env = { ...rest, UMBEL_SERVICES: folder }
})

afterEach(async () => {
  await services('down')
  rmSync(folder, { recursive: true, force: true })
})

const services = (...args) => capture(process.execPath, [program, ...args], { env, timeout: 60 })
const portIn = text => Number(/127\.0\.0\.1:(\d+)/.exec(text)[1])

describe('services', () => {
  it('up starts a server once and prints its variable, status tells of it, down ends it', async () => {
    const first = await services('up', 'redis')
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^export UMBEL_TEST_REDIS='redis:\/\/127/) })
    expect((await services('up', 'redis')).stdout).toBe(first.stdout)
    const port = portIn(first.stdout)
    expect(await answersRedis(port)).toBe(true)
    expect((await services('status')).stdout).toMatch(
      new RegExp(`^redis +redis://127.0.0.1:${port}/0 .*\nrabbitmq +not running`)
    )
    expect((await services('down')).stdout).toBe('redis ended\n')
    expect(await answersRedis(port)).toBe(false)
    expect(readdirSync(folder)).toEqual(['servers.json'])
  })

  it('takes a URL that is given', async () => {
    env.UMBEL_TEST_REDIS = 'redis://elsewhere:1/0'
    expect((await services('up', 'redis')).stdout).toBe("export UMBEL_TEST_REDIS='redis://elsewhere:1/0'\n")
    expect((await services('status', 'redis')).stdout).toMatch('not running')
  })

  it('ends with a run that is told to end, and clears up behind one that was killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      const run = startedRun()
      const port = portIn(await run.says(/ready on port/))
      run.child.kill(signal)
      await run.ended
      if (signal === 'SIGTERM') expect(await answersRedis(port)).toBe(false)
      await services('up', 'redis')
      expect(await answersRedis(port)).toBe(false)
      await services('down')
    }
  })

  it('leaves a run its servers: nobody else uses or ends them', async () => {
    const run = startedRun()
    const port = portIn(await run.says(/ready on port/))
    const other = await services('up', 'redis')
    expect(portIn(other.stdout)).not.toBe(port)
    expect((await services('down')).stdout).toBe('redis ended\n')
    expect(await answersRedis(port)).toBe(true)
    run.child.kill('SIGTERM')
    await run.ended
    expect(await answersRedis(port)).toBe(false)
  })

  it('ends those containers of Docker that it started, and no other', async () => {
    const calls = dockerThatRuns('postgres')
    const run = startedRun("['redis', 'postgres']")
    await run.says(/ready on port redis:\/\/127.0.0.1:6379/)
    run.child.kill('SIGTERM')
    await run.ended
    await expect(until(() => /compose stop.*/.exec(calls())?.[0])).resolves.toBe('compose stop redis')
    expect(calls()).toMatch('compose up --detach --wait redis postgres')
  })

  it('says what is missing and how to get it', async () => {
    env.PATH = '/nowhere'
    const { code, output } = await services('up', 'redis')
    expect(code).toBe(1)
    expect(output).toMatch(/no redis: redis-server is not installed\n {2}get it with: apt-get install redis-server/)
  })

  it('says what keeps it from making the environment with Celery: no Python, or no PyPI', async () => {
    const advice = /get it with: apt-get install python3-venv \(as root\), access to PyPI, or UMBEL_TEST_PYTHON=/
    const offline = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', PIP_CONFIG_FILE: '/dev/null' }
    const lacks = [
      [{ PATH: '/nowhere' }, /no python: there is no python3 with venv and pip\n/],
      [offline, /no python: -m pip install ended with exit code 1: .*amqp/]
    ]
    for (const [more, complaint] of lacks) {
      const { output, code } = await capture(process.execPath, [program, 'up', 'python'], {
        env: Object.assign({}, env, more)
      })
      expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(complaint) })
      expect(output).toMatch(advice)
    }
    expect(readdirSync(join(folder, 'python'))).toEqual([])
  })

  it('refuses what it does not know', async () => {
    expect(await services('up', 'reddis')).toMatchObject({
      code: 2,
      output: expect.stringContaining("no service 'reddis'")
    })
    expect(await services('jump')).toMatchObject({ code: 2, output: expect.stringContaining("got 'jump'") })
  })

  it('knows what suites need, each once', () => {
    const needing = (...services) => ({ manifest: { umbel: { services } } })
    expect(servicesOf([needing('redis'), {}, { manifest: {} }, needing('redis', 'postgres')])).toEqual([
      'redis',
      'postgres'
    ])
  })
})

/** A program that stands where Docker's would, writes down how it is called, and says that this service runs. */
function dockerThatRuns(service) {
  const log = join(folder, 'docker.log')
  writeFileSync(log, '')
  const source = `#!/bin/sh\necho "$@" >> ${log}\n[ "$2" = ps ] && echo ${service}\nexit 0\n`
  writeFileSync(join(folder, 'docker'), source, { mode: 0o755 })
  env.PATH = `${folder}:${env.PATH}`
  return () => readFileSync(log, 'utf8')
}

async function until(found) {
  const end = Date.now() + 10_000
  while (!found() && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 20))
  return found()
}

/** A run of tests, as far as servers are concerned: it has started one and waits. */
function startedRun(names = "['redis']") {
  const source = `
    import { endChildrenOnSignals } from '${join(repository, 'scripts/lib/run.mjs')}'
    import { provide } from '${join(repository, 'scripts/services/start.mjs')}'
    endChildrenOnSignals()
    const { env } = await provide(${names}, { owner: process.pid, say: () => {} })
    console.log('ready on port', env.UMBEL_TEST_REDIS)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  let output = ''
  const says = pattern =>
    new Promise((resolve, reject) => {
      child.stdout.on('data', chunk => {
        output += chunk
        if (pattern.test(output)) resolve(output)
      })
      void ended.then(() => reject(new Error(`ended and said ${output}`)))
    })
  return { child, ended, says }
}
