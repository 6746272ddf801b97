import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, parse, resolve } from 'node:path'

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const
/** Modules of a folder that are made for the application, Celery's own name first. */
const SUB_MODULES = ['celery', 'umbel', 'app'] as const

/** `./tasks.ts`, `tasks`, `proj`, `proj.tasks`, each with `:attribute` behind it. (-A) */
export interface AppName {
  readonly path: string
  readonly attribute: string | undefined
}

/** Files that a name may mean, those that exist. */
export interface Candidates {
  /** The module itself: a file, or a folder's index. */
  readonly own: readonly string[]
  /** Modules of the folder that are made for the application. */
  readonly subModules: readonly string[]
  /** Its task modules, which may hold the application too. */
  readonly tasks: readonly string[]
}

export function parseAppName(text: string): AppName {
  const colon = text.lastIndexOf(':')
  const drive = colon === 1 && /^[a-z]:[\\/]/i.test(text)
  if (colon <= 0 || drive) return { path: text, attribute: undefined }
  return { path: text.slice(0, colon), attribute: text.slice(colon + 1) }
}

/** Each list in the order in which it is tried. An installed package is the last that a name can mean. */
export function candidates(path: string, folder: string): Candidates {
  const bases = namesOf(path).map(name => resolve(folder, name))
  const inside = (name: string): readonly string[] => bases.flatMap(base => withExtensions(join(base, name)))
  const own = [...bases.flatMap(base => [base, ...withExtensions(base)]), ...inside('index')].filter(isFile)
  const subModules = SUB_MODULES.flatMap(inside).filter(isFile)
  const tasks = inside('tasks').filter(isFile)
  const found = own.length + subModules.length + tasks.length > 0
  return { own: found ? own : installed(path, folder), subModules, tasks }
}

/** What stands where the path leads, spelt as the path is: to suggest what was meant. */
export function neighbours(path: string, folder: string): readonly string[] {
  const place = dirname(resolve(folder, path))
  if (!existsSync(place)) return []
  const front = path.slice(0, path.length - parse(path).base.length)
  return readdirSync(place, { withFileTypes: true })
    .filter(entry => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .filter(entry => entry.isDirectory() || EXTENSIONS.some(extension => entry.name.endsWith(extension)))
    .flatMap(({ name }) => [front + name, front + parse(name).name])
}

/** A dotted name may be a path, as Python's are. */
function namesOf(path: string): readonly string[] {
  return /[\\/]/.test(path) || !path.includes('.') ? [path] : [path, path.replaceAll('.', '/')]
}

function withExtensions(base: string): readonly string[] {
  return EXTENSIONS.map(extension => base + extension)
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

function installed(path: string, folder: string): readonly string[] {
  if (/^[.\\/]/.test(path)) return []
  try {
    const file = createRequire(join(folder, 'noop.js')).resolve(path)
    return isFile(file) ? [file] : []
  } catch {
    return []
  }
}
