import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseUrlError } from './errors.js'
import type { DatabaseOptions } from './options.js'

/** Schemes of SQLite URLs; those with `+` are Celery's spelling. */
export const sqliteSchemes: readonly string[] = ['sqlite', 'sqla+sqlite', 'sqlalchemy+sqlite', 'db+sqlite']

const KNOWN =
  'postgresql://user:password@host/database, sqlite:///absolute/path.db, sqlite://relative/path.db or sqlite:// for the default file'

export interface SqliteLocation {
  readonly path: string
  /** The folder is Umbel's own: make it, and keep it out of version control. */
  readonly ownFolder: boolean
}

/**
 * The file a URL means. In Celery's spellings (`db+sqlite:///results.db`) three slashes are a relative path and
 * four an absolute one, as SQLAlchemy reads them. @throws DatabaseUrlError
 */
export function locateSqlite(
  url: string | undefined,
  options: Pick<DatabaseOptions, 'cwd' | 'env'> = {}
): SqliteLocation {
  const cwd = options.cwd ?? process.cwd()
  const [scheme, path] = url === undefined || url === '' ? ['sqlite', ''] : split(url)
  if (!sqliteSchemes.includes(scheme))
    throw new DatabaseUrlError(`unknown database scheme '${scheme}'; expected ${KNOWN}`)
  if (path.includes(':memory:'))
    throw new DatabaseUrlError(`'${url}' would be a database per connection; use memory:// for one process`)
  const stated = scheme === 'sqlite' ? path : path.replace(/^\//, '')
  return stated === ''
    ? defaultLocation(cwd, options.env ?? process.env)
    : { path: resolve(cwd, stated), ownFolder: false }
}

function split(url: string): readonly [scheme: string, path: string] {
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/)?([^?#]*)(.*)$/i.exec(url)
  if (match === null) throw new DatabaseUrlError(`'${url}' is not a database URL; expected ${KNOWN}`)
  const [, scheme = '', path = '', rest = ''] = match
  if (rest !== '' && sqliteSchemes.includes(scheme.toLowerCase()))
    throw new DatabaseUrlError(`'${url}': a SQLite URL takes no options, '${rest}' is one; write % as %25, ? as %3F`)
  try {
    return [scheme.toLowerCase(), decodeURIComponent(path)]
  } catch (cause) {
    throw new DatabaseUrlError(`'${url}': a % that is no escape; write it as %25`, { cause })
  }
}

function defaultLocation(cwd: string, env: Readonly<Record<string, string | undefined>>): SqliteLocation {
  const stated = env['UMBEL_DB']
  if (stated !== undefined && stated !== '') return { path: resolve(cwd, stated), ownFolder: false }
  return { path: join(projectFolder(cwd), '.umbel', 'umbel.db'), ownFolder: true }
}

/** The nearest folder upwards with a package.json, so that client and worker in two folders of a project meet. */
function projectFolder(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder) return resolve(cwd)
  }
}
