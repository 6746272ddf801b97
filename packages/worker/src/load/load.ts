import { pathToFileURL } from 'node:url'
import { isUmbel, type Umbel } from '@umbel/app'
import { describe, suggest, toError } from '@umbel/runtime'
import { createJiti } from 'jiti'
import type { AppLocation } from '../executor/data.js'
import { AppLoadError } from './errors.js'
import { explainMissing, findAny, findNamed, findPreferred, type Missing, type Module } from './find.js'
import { type Candidates, candidates, neighbours, parseAppName } from './resolve.js'

export interface LoadedApp {
  readonly app: Umbel
  readonly location: AppLocation
}

/**
 * Finds and loads the application that `-A` names: `pkg`, `pkg:attribute`, `pkg.mod`. Without an attribute it is the
 * export `app` or `celery`, else that of a sub-module `celery`, else any application. (celery.app.utils.find_app)
 * @throws AppLoadError saying whether no file was found, the module failed, or what of it is no application
 */
export async function loadApp(name: string, folder: string = process.cwd()): Promise<LoadedApp> {
  const { path, attribute } = parseAppName(name)
  const files = candidates(path, folder)
  const [first] = [...files.own, ...files.subModules, ...files.tasks]
  if (first === undefined) {
    throw new AppLoadError(
      'not-found',
      `no module named '${path}' in ${folder}${hint(path, folder)}: expected a file (tasks.ts, tasks.js), a folder with one, or a path to it`
    )
  }
  const location = attribute === undefined ? await search(files) : await searchNamed(files, attribute)
  if (location !== undefined) return { app: await loadAppAt(location), location }
  const module = await load(first)
  throw missing(first, attribute === undefined ? explainMissing(module) : (findNamed(module, attribute) as Missing))
}

/** Loads an application whose place is known; what an executor does. */
export async function loadAppAt({ url, attribute }: AppLocation): Promise<Umbel> {
  const value = (await importModule(url))[attribute]
  if (!isUmbel(value)) throw new AppLoadError('wrong-type', `'${attribute}' of ${url} is no Umbel application`)
  return value
}

/** Imports JavaScript and TypeScript, ESM and CommonJS; takes a path, a file: URL or a package's name. */
export async function importModule(specifier: string): Promise<Module> {
  const jiti = createJiti(pathToFileURL(`${process.cwd()}/`).href, { interopDefault: false, fsCache: true })
  return await jiti.import<Module>(specifier)
}

type Find = (module: Module) => string | undefined

/** In Celery's order; a task module comes last, since importing it may need what the application sets up. */
async function search({ own, subModules, tasks }: Candidates): Promise<AppLocation | undefined> {
  return (
    (await firstOf(own, findPreferred)) ??
    (await firstOf(subModules, findAny)) ??
    (await firstOf(own, findAny)) ??
    (await firstOf(tasks, findAny))
  )
}

async function searchNamed({ own, subModules, tasks }: Candidates, name: string): Promise<AppLocation | undefined> {
  return await firstOf([...own, ...subModules, ...tasks], module => {
    const found = findNamed(module, name)
    return typeof found === 'string' ? found : undefined
  })
}

async function firstOf(files: readonly string[], find: Find): Promise<AppLocation | undefined> {
  for (const file of files) {
    const attribute = find(await load(file))
    if (attribute !== undefined) return { url: pathToFileURL(file).href, attribute }
  }
  return undefined
}

async function load(file: string): Promise<Module> {
  try {
    return await importModule(file)
  } catch (thrown) {
    const error = toError(thrown)
    throw new AppLoadError('import-failed', `${file} does not load: ${describe(error.stack ?? error.message)}`, {
      cause: error
    })
  }
}

function hint(path: string, folder: string): string {
  const near = suggest(path, neighbours(path, folder))
  return near === undefined ? '' : `, did you mean '${near}'?`
}

function missing(file: string, { reason, message }: Missing): AppLoadError {
  return new AppLoadError(reason, `${file}: ${message}`)
}
