import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { DatabaseUrlError, locateSqlite } from '@umbel/sql'
import { temporaryFolder } from '@umbel/test-kit'

describe('locateSqlite', () => {
  let folder: ReturnType<typeof temporaryFolder>

  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.dispose())

  it.each([
    ['sqlite:///absolute/path.db', '/absolute/path.db'],
    ['sqlite:////absolute/path.db', '/absolute/path.db'],
    ['sqlite://relative.db', '/work/relative.db'],
    ['SQLite://folder/relative.db', '/work/folder/relative.db'],
    ['sqlite:///with%20space%3F.db', '/with space?.db'],
    ['sqla+sqlite:///celerydb.sqlite', '/work/celerydb.sqlite'],
    ['db+sqlite:////absolute/results.db', '/absolute/results.db']
  ])('reads %s', (url, path) => {
    expect(locateSqlite(url, { cwd: '/work', env: {} }).path).toBe(path)
  })

  it('finds the default file at the nearest package.json upwards', () => {
    writeFileSync(join(folder.path, 'package.json'), '{}')
    const deep = join(folder.path, 'a', 'b')
    mkdirSync(deep, { recursive: true })
    const expected = { path: join(folder.path, '.umbel', 'umbel.db'), ownFolder: true }
    for (const url of [undefined, '', 'sqlite://', 'db+sqlite:///'])
      expect(locateSqlite(url, { cwd: deep, env: {} })).toEqual(expected)
  })

  it('lets UMBEL_DB name the default file', () => {
    const options = { cwd: folder.path, env: { UMBEL_DB: 'own.db' } }
    expect(locateSqlite('sqlite://', options)).toEqual({ path: join(folder.path, 'own.db'), ownFolder: false })
    expect(locateSqlite('sqlite://other.db', options).path).toBe(join(folder.path, 'other.db'))
  })

  it.each([
    ['mysql://host/db', "unknown database scheme 'mysql'"],
    ['just-a-path.db', 'not a database URL'],
    ['sqlite://:memory:', 'memory://'],
    ['sqlite:///a.db?mode=ro', "'?mode=ro'"],
    ['sqlite:///100%.db', '%25']
  ])('refuses %s', (url, text) => {
    expect(() => locateSqlite(url)).toThrow(DatabaseUrlError)
    expect(() => locateSqlite(url)).toThrow(text)
    expect(() => locateSqlite(url)).not.toThrow('secret')
  })
})
