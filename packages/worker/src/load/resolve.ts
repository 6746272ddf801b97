import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const
/** Modules of a folder that may hold the application, Celery's own names included. */
const INSIDE = ['index', 'app', 'umbel', 'celery', 'tasks'] as const

/** `./tasks.ts`, `tasks`, `proj`, `proj.tasks`, each with `:attribute` behind it. (-A) */
export interface AppName {
  readonly path: string
  readonly attribute: string | undefined
}

export function parseAppName(text: string): AppName {
  const colon = text.lastIndexOf(':')
  const drive = colon === 1 && /^[a-z]:[\\/]/i.test(text)
  if (colon <= 0 || drive) return { path: text, attribute: undefined }
  return { path: text.slice(0, colon), attribute: text.slice(colon + 1) }
}

/** Files that the path may mean, those that exist, in the order in which they are tried. */
export function candidates(path: string, folder: string): readonly string[] {
  return placesOf(path, folder).filter(place => existsSync(place) && statSync(place).isFile())
}

function placesOf(path: string, folder: string): readonly string[] {
  const names = /[\\/]/.test(path) || !path.includes('.') ? [path] : [path, path.replaceAll('.', '/')]
  return names.flatMap(name => {
    const base = resolve(folder, name)
    return [base, ...withExtensions(base), ...INSIDE.flatMap(inside => withExtensions(join(base, inside)))]
  })
}

function withExtensions(base: string): readonly string[] {
  return EXTENSIONS.map(extension => base + extension)
}
