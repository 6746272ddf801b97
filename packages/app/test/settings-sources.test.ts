import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Configuration, type Importer, loadConfigModule } from '../src/settings/index.js'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-settings-'))
  writeFileSync(join(folder, 'package.json'), '{}')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Stands for a loader of TypeScript: asynchronous, and counts. */
function modules(table: Readonly<Record<string, unknown>>): { readonly importer: Importer; readonly loaded: string[] } {
  const loaded: string[] = []
  const importer = async (specifier: string): Promise<unknown> => {
    loaded.push(specifier)
    await Promise.resolve()
    const found = Object.entries(table).find(([name]) => specifier === name || specifier === join(folder, name))
    if (found === undefined)
      throw Object.assign(new Error(`Cannot find module ${specifier}`), { code: 'ERR_MODULE_NOT_FOUND' })
    return found[1]
  }
  return { importer, loaded }
}

describe('settings that are there at once', () => {
  it('can be read while they are being loaded', async () => {
    const conf = new Configuration({ env: {}, folder, inline: { taskTimeLimit: 7 } })
    const loading = conf.load()
    expect(conf.taskTimeLimit).toBe(7)
    expect((await loading).taskTimeLimit).toBe(7)
  })
})

describe('configFromObject', () => {
  it('[A-14] reads an object, an instance or a class, lazily', () => {
    let reads = 0
    const source = {
      get taskAcksLate(): boolean {
        reads++
        return true
      }
    }
    const conf = new Configuration({ env: {}, folder })
    conf.configFromObject(source)
    expect(reads).toBe(0)
    expect(conf.taskAcksLate).toBe(true)
    expect(reads).toBe(1)
    class Base {
      static readonly task_time_limit = 9
    }
    class Production extends Base {
      static readonly enable_utc = false
    }
    conf.configFromObject(Production)
    expect(conf.settings).toMatchObject({ taskTimeLimit: 9, enableUtc: false, taskAcksLate: false })
  })

  it('[A-14] reads a module by name and an attribute of one, at once with force, under a namespace', async () => {
    const { importer, loaded } = modules({
      celeryconfig: { taskAcksLate: true, helper: () => 1 },
      'proj.config': { default: { other: 1 }, production: { Q_TASK_TIME_LIMIT: 5, DEBUG: true } }
    })
    const conf = new Configuration({ env: {}, folder, importer })
    conf.configFromObject('celeryconfig')
    expect(loaded).toEqual([])
    expect(() => conf.taskAcksLate).toThrow(
      'the configuration module celeryconfig loads asynchronously: await app.conf.load()'
    )
    await conf.load()
    expect(conf.taskAcksLate).toBe(true)
    expect(loaded).toEqual(['celeryconfig'])
    expect(await conf.configFromObject('proj.config:production', { force: true, namespace: 'Q' })).toBe(true)
    expect(conf.settings).toMatchObject({ taskAcksLate: false, taskTimeLimit: 5 })
  })

  it('[A-14] overlooks a module or attribute that is not there only when silent', async () => {
    const { importer } = modules({ broken: { default: 3 }, 'a.config': {} })
    const conf = new Configuration({ env: {}, folder, importer })
    for (const name of ['nowhere', 'a.config:nothing']) {
      conf.configFromObject(name)
      await expect(conf.load()).rejects.toThrow(`cannot load the configuration module ${name}`)
      expect(await conf.configFromObject(name, { silent: true, force: true })).toBe(false)
      expect(conf.taskAcksLate).toBe(false)
    }
    const failing = new Configuration({ env: {}, folder, importer: () => Promise.reject(new Error('syntax')) })
    await expect(failing.configFromObject('bad', { silent: true, force: true })).rejects.toThrow(
      'cannot load the configuration module bad: syntax'
    )
  })

  it('takes the newest source when a slow module arrives late', async () => {
    let finish: (module: unknown) => void = () => undefined
    const slow = new Promise(resolve => {
      finish = resolve
    })
    const conf = new Configuration({ env: {}, folder, importer: () => slow })
    conf.configFromObject('slow')
    const loading = conf.load()
    conf.configFromObject({ taskTimeLimit: 2 })
    finish({ taskTimeLimit: 1 })
    await loading
    expect(conf.taskTimeLimit).toBe(2)
  })

  it('tries again what failed to load', async () => {
    let attempts = 0
    const conf = new Configuration({
      env: {},
      folder,
      importer: () => (++attempts === 1 ? Promise.reject(new Error('busy')) : Promise.resolve({ taskTimeLimit: 1 }))
    })
    conf.configFromObject('flaky')
    await expect(conf.load()).rejects.toThrow('busy')
    expect((await conf.load()).taskTimeLimit).toBe(1)
  })
})

describe('modules', () => {
  it('[A-15] reads the module that an environment variable names', async () => {
    const { importer } = modules({ prod: { taskAcksLate: true } })
    const conf = new Configuration({ env: { MY_CONFIG: 'prod' }, folder, importer })
    expect(() => conf.configFromEnvvar('OTHER')).toThrow('the environment variable OTHER is not set')
    expect(conf.configFromEnvvar('OTHER', { silent: true })).toBe(false)
    expect(await conf.configFromEnvvar('MY_CONFIG', { force: true })).toBe(true)
    expect(conf.taskAcksLate).toBe(true)
    const missing = new Configuration({ env: { MY_CONFIG: 'nowhere' }, folder, importer })
    expect(await missing.configFromEnvvar('MY_CONFIG', { silent: true, force: true })).toBe(false)
    await expect(Promise.resolve(missing.configFromEnvvar('MY_CONFIG', { force: true }))).rejects.toThrow('nowhere')
  })

  it('[A-15] falls back on CELERY_CONFIG_MODULE and on celeryconfig', () => {
    writeFileSync(join(folder, 'celeryconfig.cjs'), 'module.exports = { task_time_limit: 3 }')
    expect(new Configuration({ env: {}, folder }).taskTimeLimit).toBe(3)
    mkdirSync(join(folder, 'proj'))
    writeFileSync(join(folder, 'proj', 'settings.json'), '{ "taskTimeLimit": 4 }')
    const env = { CELERY_CONFIG_MODULE: 'proj.settings' }
    expect(new Configuration({ env, folder }).taskTimeLimit).toBe(4)
    const wrong = new Configuration({ env: { CELERY_CONFIG_MODULE: 'nowhere' }, folder })
    expect(() => wrong.settings).toThrow('cannot load the configuration module nowhere')
  })

  it('finds umbel.config beside the nearest package.json', () => {
    writeFileSync(join(folder, 'umbel.config.json'), '{ "taskTimeLimit": 7 }')
    writeFileSync(join(folder, 'celeryconfig.json'), '{ "taskTimeLimit": 8 }')
    mkdirSync(join(folder, 'src', 'deep'), { recursive: true })
    expect(new Configuration({ env: {}, folder: join(folder, 'src', 'deep') }).taskTimeLimit).toBe(7)
    expect(new Configuration({ env: {}, folder, configSource: {} }).taskTimeLimit).toBeUndefined()
  })

  it('loads ES modules with Node alone, also those that await', () => {
    writeFileSync(join(folder, 'umbel.config.mjs'), 'export default { taskTimeLimit: 1 }')
    writeFileSync(join(folder, 'late.mjs'), 'export const taskTimeLimit = await Promise.resolve(2)')
    const settings = new URL('../src/settings/index.js', import.meta.url).href
    const script = `
      import { Configuration } from '${settings}'
      const conf = new Configuration({ env: {} })
      const direct = conf.taskTimeLimit
      conf.configFromObject('./late.mjs')
      let refused = ''
      try { conf.taskTimeLimit } catch (error) { refused = error.code }
      await conf.load()
      console.log(JSON.stringify([direct, refused, conf.taskTimeLimit]))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' })
    expect({ stdout: child.stdout.trim(), stderr: child.stderr }).toEqual({
      stdout: '[1,"IMPROPERLY_CONFIGURED",2]',
      stderr: ''
    })
  })

  it('prefers a default export, and says what is no configuration', async () => {
    const { importer } = modules({
      a: { default: { taskTimeLimit: 1 }, other: 2 },
      b: { __esModule: true, taskTimeLimit: 2 }
    })
    expect(await loadConfigModule('a', importer, folder)).toEqual({ taskTimeLimit: 1 })
    expect(await loadConfigModule('b', importer, folder)).toEqual({ taskTimeLimit: 2 })
    await expect(loadConfigModule('c', () => 3, folder)).rejects.toThrow(
      'the configuration c must be an object, got number'
    )
  })
})

describe('precedence', () => {
  it('[A-17] lets edits win over the module, and the module over defaults', () => {
    const conf = new Configuration({ env: {}, folder, configSource: { taskTimeLimit: 5, taskSoftTimeLimit: 4 } })
    expect([conf.taskTimeLimit, conf.taskSoftTimeLimit, conf.taskProtocol]).toEqual([5, 4, 2])
    conf.taskTimeLimit = 10
    conf.update({ task_protocol: 1, taskTimeLimit: 20 })
    expect(conf.settings).toMatchObject({ taskTimeLimit: 20, taskSoftTimeLimit: 4, taskProtocol: 1 })
    conf.taskTimeLimit = 30
    expect(conf.taskTimeLimit).toBe(30)
    expect(Reflect.get(conf, 'task_time_limit')).toBe(30)
    Reflect.set(conf, 'task_time_limit', 31)
    expect(conf.taskTimeLimit).toBe(31)
    Reflect.deleteProperty(conf, 'taskTimeLimit')
    expect(conf.taskTimeLimit).toBe(5)
    expect('task_time_limit' in conf).toBe(true)
  })

  it('[A-17] checks an edit before it counts, and reads no module for it', () => {
    const conf = new Configuration({ env: {}, folder, configSource: 'nowhere' })
    conf.taskTimeLimit = 1
    expect(() => conf.update({ taskTimeLimit: 2, taskProtocol: 9 as 1 })).toThrow(
      'conf: taskProtocol must be 1 or 2, got 9'
    )
    expect(() => Reflect.set(conf, 'taskTimeLimitt', 1)).toThrow('did you mean taskTimeLimit?')
    conf.configFromObject({})
    expect(conf.taskTimeLimit).toBe(1)
  })

  it('gives the same settings object until something is edited', () => {
    const conf = new Configuration({ env: {}, folder })
    const before = conf.settings
    expect(conf.settings).toBe(before)
    conf.taskAcksLate = true
    expect(conf.settings).not.toBe(before)
    expect(before.taskAcksLate).toBe(false)
  })

  it('[A-18] puts added defaults below what the user configures, and calls a function only when needed', () => {
    let calls = 0
    const conf = new Configuration({ env: {}, folder, configSource: { taskTimeLimit: 5 } })
    conf.addDefaults(() => {
      calls++
      return { taskTimeLimit: 1, taskSoftTimeLimit: 1, taskAcksLate: true }
    })
    expect(calls).toBe(0)
    expect(conf.settings).toMatchObject({ taskTimeLimit: 5, taskSoftTimeLimit: 1, taskAcksLate: true })
    conf.addDefaults({ taskSoftTimeLimit: 2 })
    expect(conf.settings).toMatchObject({ taskTimeLimit: 5, taskSoftTimeLimit: 2, taskAcksLate: true })
    expect(calls).toBe(1)
  })

  it('[A-24] lets environment variables win over the configuration module', () => {
    const configSource = {
      brokerUrl: 'redis://m',
      brokerReadUrl: 'redis://mr',
      brokerWriteUrl: 'redis://mw',
      resultBackend: 'redis://mb'
    }
    const env = {
      CELERY_BROKER_URL: 'redis://e',
      CELERY_BROKER_READ_URL: 'redis://er',
      CELERY_BROKER_WRITE_URL: 'redis://ew',
      CELERY_RESULT_BACKEND: 'redis://eb'
    }
    expect(new Configuration({ env, folder, configSource }).settings).toMatchObject({
      brokerUrl: 'redis://e',
      brokerReadUrl: 'redis://er',
      brokerWriteUrl: 'redis://ew',
      resultBackend: 'redis://eb'
    })
    const empty = { CELERY_BROKER_URL: '', CELERY_RESULT_BACKEND: 'redis://eb' }
    expect(new Configuration({ env: empty, folder, configSource }).settings).toMatchObject({
      brokerUrl: 'redis://m',
      resultBackend: 'redis://eb'
    })
    const inline = new Configuration({ env, folder, configSource, inline: { brokerUrl: 'redis://i' } })
    expect(inline.settings).toMatchObject({ brokerUrl: 'redis://i', resultBackend: 'redis://eb' })
  })

  it('lets the application’s own parameters stand beside old names', () => {
    const inline = { CELERY_ACKS_LATE: true, BROKER_URL: 'redis://old' }
    const conf = new Configuration({ env: {}, folder, inline, parameters: { brokerUrl: 'redis://h' } })
    expect(conf.settings).toMatchObject({ taskAcksLate: true, brokerUrl: 'redis://h' })
  })

  it('says what TypeScript needs when Node alone cannot read it', () => {
    writeFileSync(join(folder, 'umbel.config.ts'), 'export default { taskTimeLimit: 1 as number } satisfies object')
    const importer: Importer = () => {
      throw new SyntaxError('Unexpected identifier')
    }
    expect(() => new Configuration({ env: {}, folder, importer }).settings).toThrow(
      /umbel\.config\.ts: Unexpected identifier \(TypeScript needs Node 22\.18, the umbel command or an importer\)/
    )
  })

  it('[A-16] reads name=value words of a command line', () => {
    const conf = new Configuration({ env: {}, folder })
    conf.configFromCmdline([
      'worker.concurrency=4',
      'task_acks_late=yes',
      'taskTimeLimit=1.5',
      'timezone=Europe/London'
    ])
    expect(conf.settings).toMatchObject({
      workerConcurrency: 4,
      taskAcksLate: true,
      taskTimeLimit: 1.5,
      timezone: 'Europe/London'
    })
    conf.configFromCmdline(['.prefetch_multiplier=2'], 'worker')
    conf.configFromCmdline([
      'imports=["a", "b"]',
      'include=(list)["c"]',
      'TASK.PROTOCOL=(int)1',
      'broker_url=redis://h/?a=b'
    ])
    expect(conf.settings).toMatchObject({
      workerPrefetchMultiplier: 2,
      imports: ['a', 'b'],
      include: ['c'],
      taskProtocol: 1,
      brokerUrl: 'redis://h/?a=b'
    })
  })

  it.each([
    ['concurrency', "'concurrency' must be name=value"],
    [
      'worker.concurency=1',
      "'worker.concurency=1': unknown setting worker_concurency, did you mean worker_concurrency?"
    ],
    ['worker.concurrency=four', '\'worker.concurrency=four\': "four" is no int'],
    ['worker.concurrency=(number)4', 'unknown type (number)'],
    ['task_acks_late=perhaps', '"perhaps" is no bool'],
    ['imports=(json)[1', '"[1" is no json'],
    ['task_protocol=3', 'the command line: task_protocol must be 1 or 2, got 3']
  ])('refuses the word %s', (word, message) => {
    expect(() => new Configuration({ env: {}, folder }).configFromCmdline([word])).toThrow(message)
  })

  it('loads routers that are named by their import path', async () => {
    const { importer } = modules({ 'proj.routers': { route: () => 'found' } })
    const conf = new Configuration({
      env: {},
      folder,
      importer,
      configSource: { taskRoutes: ['proj.routers:route', { a: 'b' }] }
    })
    const { taskRoutes } = await conf.load()
    expect(taskRoutes).toEqual([expect.any(Function), { a: 'b' }])
    conf.taskAcksLate = true
    expect(conf.taskRoutes).toEqual(taskRoutes)
  })

  it('runs its hooks around the first reading, which may edit', () => {
    const calls: string[] = []
    const conf: Configuration = new Configuration({
      env: {},
      folder,
      onConfigure: () => {
        calls.push('configure')
        conf.update({ taskTimeLimit: 1 })
      },
      onAfterConfigure: () => {
        calls.push(`after ${conf.taskTimeLimit}`)
        conf.update({ taskSoftTimeLimit: 1 })
      }
    })
    expect(calls).toEqual([])
    expect(conf.settings).toMatchObject({ taskTimeLimit: 1, taskSoftTimeLimit: 1 })
    conf.update({ taskTimeLimit: 2 })
    void conf.settings
    expect(calls).toEqual(['configure', 'after 1'])
  })
})
