import { pathToFileURL } from 'node:url'
import { isUmbel, type Umbel } from '@umbel/app'
import { describe, suggest, toError } from '@umbel/runtime'
import { createJiti } from 'jiti'
import type { AppLocation } from '../executor/data.js'
import { AppLoadError } from './errors.js'
import { candidates, parseAppName } from './resolve.js'

type Module = Readonly<Record<string, unknown>>

export interface LoadedApp {
  readonly app: Umbel
  readonly location: AppLocation
}

/**
 * Finds and loads the application that `-A` names.
 * @throws AppLoadError saying whether no file was found, the module failed, or no application is in it
 */
export async function loadApp(name: string, folder: string = process.cwd()): Promise<LoadedApp> {
  const { path, attribute } = parseAppName(name)
  const files = candidates(path, folder)
  if (files.length === 0) {
    throw new AppLoadError(
      `no module named '${path}' in ${folder}: expected a file (tasks.ts, tasks.js), a folder with one, or a path to it`
    )
  }
  return await firstWithApp(files, attribute)
}

/** Loads an application whose place is known; what an executor does. */
export async function loadAppAt({ url, attribute }: AppLocation): Promise<Umbel> {
  const value = (await importModule(url))[attribute]
  if (!isUmbel(value)) throw new AppLoadError(`'${attribute}' of ${url} is no Umbel application`)
  return value
}

/** Imports JavaScript and TypeScript, ESM and CommonJS; takes a path, a file: URL or a package's name. */
export async function importModule(specifier: string): Promise<Module> {
  const jiti = createJiti(pathToFileURL(`${process.cwd()}/`).href, { interopDefault: false, fsCache: true })
  return await jiti.import<Module>(specifier)
}

async function firstWithApp(files: readonly string[], attribute: string | undefined): Promise<LoadedApp> {
  let last: AppLoadError | undefined
  for (const file of files) {
    const url = pathToFileURL(file).href
    const found = findApp(await load(file), attribute)
    if (typeof found === 'string') return { ...(await located(url, found)) }
    last ??= new AppLoadError(`${file}: ${found.message}`)
  }
  throw last ?? new AppLoadError('no module to look in')
}

async function located(url: string, attribute: string): Promise<LoadedApp> {
  const location = { url, attribute }
  return { app: await loadAppAt(location), location }
}

async function load(file: string): Promise<Module> {
  try {
    return await importModule(file)
  } catch (thrown) {
    const error = toError(thrown)
    throw new AppLoadError(`${file} does not load: ${describe(error.stack ?? error.message)}`, { cause: error })
  }
}

/** The name of the export that is the application, or why there is none. (celery.app.utils.find_app) */
function findApp(module: Module, attribute: string | undefined): string | { readonly message: string } {
  if (attribute !== undefined) return checkAttribute(module, attribute)
  const preferred = ['app', 'celery', 'umbel', 'default'].find(name => isUmbel(module[name]))
  const found = preferred ?? Object.keys(module).find(name => isUmbel(module[name]))
  return (
    found ?? {
      message: `no Umbel application among its exports (${Object.keys(module).join(', ') || 'none'}): export const app = new Umbel('name')`
    }
  )
}

function checkAttribute(module: Module, attribute: string): string | { readonly message: string } {
  if (isUmbel(module[attribute])) return attribute
  if (attribute in module) return { message: `'${attribute}' is no Umbel application` }
  const near = suggest(attribute, Object.keys(module))
  return { message: `has no export '${attribute}'${near === undefined ? '' : `; did you mean '${near}'?`}` }
}
