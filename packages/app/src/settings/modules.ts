import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { ImproperlyConfigured } from '@umbel/protocol'
import { toError, UmbelError } from '@umbel/runtime'
import { lookUp } from './lookup.js'

/** Loads a module, at once or as a promise. `specifier` is an absolute path or a package's name. */
export type Importer = (specifier: string) => unknown

type Values = Readonly<Record<string, unknown>>

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json']

/**
 * The module that configures an application which was told nothing: the one that CELERY_CONFIG_MODULE names, else
 * `umbel.config.*` or `celeryconfig.*` beside the nearest package.json.
 */
export function findConfigModule(
  folder: string,
  env: Readonly<Record<string, string | undefined>>
): string | undefined {
  const named = env['CELERY_CONFIG_MODULE'] ?? ''
  if (named !== '') return named
  const root = projectFolder(folder)
  return fileOf(join(root, 'umbel.config')) ?? fileOf(join(root, 'celeryconfig'))
}

/**
 * The settings in a configuration module: its default export, else its named ones. `name` is a path, a dotted
 * path as in Celery or a package's name; `name:attribute` takes one export.
 * @throws ImproperlyConfigured when there is no such module or attribute, or when it does not load
 */
export async function loadConfigModule(
  name: string,
  importer: Importer,
  folder: string = process.cwd()
): Promise<Values> {
  return importConfigModule(name, importer, folder)
}

/** As `loadConfigModule`; a promise only where the importer gives one. */
export function importConfigModule(name: string, importer: Importer, folder: string): Values | Promise<Values> {
  const { specifier, attribute } = splitName(name)
  const read = (module: unknown): Values => readModule(module, { name, attribute })
  try {
    const module = importer(resolveModule(specifier, folder))
    if (!types.isPromise(module)) return read(module)
    return module.then(read).catch((error: unknown) => {
      throw loadError(name, error)
    })
  } catch (error) {
    throw loadError(name, error)
  }
}

/** Anything `module:attribute` points to. */
export async function importSymbol(path: string, importer: Importer, folder: string): Promise<unknown> {
  const { specifier, attribute = 'default' } = splitName(path)
  try {
    return pick(await importer(resolveModule(specifier, folder)), attribute)
  } catch (error) {
    throw loadError(path, error)
  }
}

/** Node's own loader: at once where it can (`require` of ES modules), as a promise where a module awaits. */
export function createNodeImporter(folder: string): Importer {
  const require = createRequire(join(folder, 'package.json'))
  return specifier => {
    try {
      return require(specifier)
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'ERR_REQUIRE_ASYNC_MODULE' && code !== 'ERR_REQUIRE_ESM') throw error
      return import(isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier)
    }
  }
}

/** Was there no module of that name, or no such export? What `silent` overlooks. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ImproperlyConfigured && NOT_FOUND.includes(codeOf(error.cause) ?? '')
}

const NOT_FOUND: readonly string[] = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ENOENT', 'MISSING_EXPORT']

class MissingExport extends UmbelError {
  static override readonly code = 'MISSING_EXPORT'
}

interface Exported {
  readonly name: string
  readonly attribute: string | undefined
}

function readModule(module: unknown, { name, attribute }: Exported): Values {
  const source = attribute === undefined ? (defaultOf(module) ?? module) : pick(module, attribute)
  if (typeof source !== 'object' && typeof source !== 'function') {
    throw new ImproperlyConfigured(`the configuration ${name} must be an object, got ${typeof source}`)
  }
  return settingsIn(source)
}

/** Every property, inherited ones too; a module's own helpers (functions under other names) are no settings. */
export function settingsIn(source: object | null): Values {
  const values: Record<string, unknown> = {}
  for (const key in source) {
    const value = (source as Values)[key]
    const helper = typeof value === 'function' && lookUp(key) === undefined
    if (key !== '__esModule' && key !== 'default' && key !== 'module.exports' && !helper) values[key] = value
  }
  return values
}

function defaultOf(module: unknown): unknown {
  if (typeof module !== 'object' || module === null || !('default' in module)) return undefined
  const exported = module.default
  return typeof exported === 'object' || typeof exported === 'function' ? exported : undefined
}

function pick(module: unknown, attribute: string): unknown {
  for (const holder of [module, defaultOf(module)]) {
    if (typeof holder === 'object' && holder !== null && attribute in holder) return (holder as Values)[attribute]
  }
  throw new MissingExport(`the module has no export named ${attribute}`)
}

/** `proj.config:production` → `proj.config` and `production`. */
function splitName(name: string): { readonly specifier: string; readonly attribute: string | undefined } {
  const match = /^(.{2,}):([A-Za-z_$][\w$]*)$/.exec(name)
  return { specifier: match?.[1] ?? name, attribute: match?.[2] }
}

function resolveModule(specifier: string, folder: string): string {
  const path = resolve(folder, specifier)
  if (isAbsolute(specifier) || specifier.startsWith('.')) return fileOf(path) ?? path
  const dotted = resolve(folder, specifier.replaceAll('.', '/'))
  return fileOf(path) ?? fileOf(dotted) ?? specifier
}

function fileOf(path: string): string | undefined {
  if (EXTENSIONS.includes(extname(path)) && existsSync(path)) return path
  return EXTENSIONS.map(extension => path + extension).find(candidate => existsSync(candidate))
}

function projectFolder(folder: string): string {
  for (let current = resolve(folder); ; current = dirname(current)) {
    if (existsSync(join(current, 'package.json'))) return current
    if (dirname(current) === current) return resolve(folder)
  }
}

function loadError(name: string, thrown: unknown): Error {
  if (thrown instanceof ImproperlyConfigured) return thrown
  const cause = toError(thrown)
  const syntax = cause.name === 'SyntaxError' || codeOf(thrown) === 'ERR_UNKNOWN_FILE_EXTENSION'
  const hint = syntax && name.endsWith('ts') ? ' (TypeScript needs Node 22.18, the umbel command or an importer)' : ''
  return new ImproperlyConfigured(`cannot load the configuration module ${name}: ${cause.message}${hint}`, { cause })
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
