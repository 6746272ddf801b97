import { describe, expect, it } from '@jest/globals'
import {
  type BackendFactory,
  BackendNotInstalledError,
  loadBackend,
  type ResolvedBackend,
  resolveBackend,
  UnknownBackendError
} from '@umbel/backend'

const redis = factory('redis', ['redis', 'rediss', 'redis+socket'])
const sql = factory('sql', ['sqlite', 'db+sqlite', 'postgresql'])
const memory = factory('memory', ['memory', 'cache+memory'])
const all = [redis, sql, memory]

describe('resolveBackend', () => {
  it.each([
    ['redis://localhost/1', 'redis', 'redis://localhost/1'],
    ['REDIS://localhost/1', 'redis', 'redis://localhost/1'],
    ['redis+socket:///run/redis.sock', 'redis', 'redis+socket:///run/redis.sock'],
    ['redis', 'redis', 'redis://'],
    ['sql', 'sql', 'sql://'],
    ['cache+memory://', 'memory', 'cache+memory://'],
    ['db+sqlite:///results.db', 'sql', 'db+sqlite:///results.db'],
    ['postgres://u:p@host/db', 'sql', 'postgresql://u:p@host/db'],
    ['db+postgresql://u:p@host/db', 'sql', 'postgresql://u:p@host/db'],
    ['db+postgresql+psycopg2://u:p@host/db', 'sql', 'postgresql://u:p@host/db'],
    ['sql+anything://x/y', 'sql', 'anything://x/y'],
    ['disabled', 'disabled', 'disabled://'],
    ['disabled://', 'disabled', 'disabled://']
  ])('gives %s to the driver %s as %s', (url, name, passed) => {
    expect(shown(resolveBackend(url, all))).toEqual([name, passed])
  })

  it('takes the first of two drivers for a scheme', () => {
    const mine = factory('mine', ['redis'])
    expect(resolveBackend('redis://', [mine, ...all]).factory).toBe(mine)
  })

  it.each([
    ['redis://h', '@umbel/backend-redis'],
    ['rediss://h', '@umbel/backend-redis'],
    ['sentinel://h', '@umbel/backend-redis'],
    ['rpc://', '@umbel/backend-rpc'],
    ['rpc', '@umbel/backend-rpc'],
    ['sqlite:///x', '@umbel/backend-sql'],
    ['postgres://h/db', '@umbel/backend-sql'],
    ['db+postgresql://h/db', '@umbel/backend-sql'],
    ['memory://', '@umbel/memory'],
    ['cache+memory://', '@umbel/memory'],
    ['amqp://guest:secret@h//', '@umbel/backend-rpc']
  ])('names the package that is missing for %s', (url, name) => {
    const error = failureOf(() => resolveBackend(url, []))
    expect(error).toBeInstanceOf(BackendNotInstalledError)
    expect(error.message).toContain(`npm install ${name}`)
    expect((error as BackendNotInstalledError).package).toBe(name)
    expect(error.message).not.toContain('secret')
  })

  it('tells users of the amqp backend what replaces it', () => {
    expect(failureOf(() => resolveBackend('amqp://', all)).message).toContain('use rpc://')
  })

  it.each([
    ['redsi://:secret@h/1', 'Did you mean redis://?'],
    ['memroy://', 'Did you mean memory://?'],
    ['mongodb://h', 'there is no driver for mongodb'],
    ['cache+memcached://h', 'there is no driver for memcached'],
    ['db+mysql://h', 'there is no driver for mysql'],
    ['zzz://h', 'unknown scheme zzz'],
    ['constructor://h', 'unknown scheme constructor'],
    ['', 'expected <scheme>://'],
    ['//h', 'expected <scheme>://'],
    ['local host', 'expected <scheme>://']
  ])('says what is wrong with %j: %s', (url, text) => {
    const error = failureOf(() => resolveBackend(url, all))
    expect(error).toBeInstanceOf(UnknownBackendError)
    expect(error).not.toBeInstanceOf(BackendNotInstalledError)
    expect(error.message).toContain(text)
    expect(error.message).not.toContain('secret')
  })
})

describe('loadBackend', () => {
  const modules: Readonly<Record<string, unknown>> = {
    './backends.js': { mine: () => factory('mine', []), made: factory('made', []), number: 4 },
    'umbel-backend-s3': { default: factory('s3', ['s3']) }
  }
  const sources = {
    factories: all,
    overrides: { sqlite: factory('custom', []), db: './backends.js:mine' },
    entryPoints: { s3: 'umbel-backend-s3', redis: './backends.js:made' },
    importModule: async (specifier: string) => modules[specifier] ?? Promise.reject(new Error(`no ${specifier}`))
  }

  it('[RB-01] selects by scheme, alias, class path, override map and entry point; `+` passes the rest; the unknown is a clear error', async () => {
    const selected = async (url: string) => shown(await loadBackend(url, sources))
    expect(await selected('redis://h/1')).toEqual(['redis', 'redis://h/1'])
    expect(await selected('postgres://h')).toEqual(['sql', 'postgresql://h'])
    expect(await selected('./backends.js:mine')).toEqual(['mine', ''])
    expect(await selected('sqlite:///x')).toEqual(['custom', 'sqlite:///x'])
    expect(await selected('s3://bucket')).toEqual(['s3', 's3://bucket'])
    expect(await selected('./backends.js:made+redis://h/1')).toEqual(['made', 'redis://h/1'])
    expect(await selected('db+postgresql://h')).toEqual(['mine', 'postgresql://h'])
    await expect(loadBackend('redsi://h', sources)).rejects.toThrow(
      /unknown scheme redsi.*Did you mean redis.*Known here: redis/
    )
  })

  it.each([
    ['./missing.js:mine', './missing.js cannot be imported'],
    ['./backends.js:other', 'the export other of ./backends.js does not exist'],
    ['./backends.js', 'the export default of ./backends.js does not exist'],
    ['./backends.js:number', 'is no BackendFactory and makes none']
  ])('says what is wrong with the path %s: %s', async (path, text) => {
    await expect(loadBackend(path, sources)).rejects.toThrow(text)
  })
})

function factory(name: string, schemes: readonly string[]): BackendFactory {
  return { name, schemes, connect: () => Promise.reject(new Error('not for connecting')) }
}

function shown({ factory: { name }, url }: ResolvedBackend): readonly [string, string] {
  return [name, url]
}

function failureOf(action: () => unknown): Error {
  try {
    action()
  } catch (thrown) {
    return thrown as Error
  }
  throw new Error('it did not throw')
}
