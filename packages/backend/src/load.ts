import type { BackendFactory } from './contract.js'
import { UnknownBackendError } from './errors.js'
import { redactUrl } from './redact.js'
import { type ResolvedBackend, resolveBackend } from './resolve.js'

/** Where drivers come from, the first that answers wins: overrides, factories, entry points. */
export interface BackendSources {
  readonly factories: readonly BackendFactory[]
  /** A driver or its path by scheme, before all others. (Loader.override_backends) */
  readonly overrides?: Readonly<Record<string, BackendFactory | string>>
  /** Paths by scheme that installed packages offer. (the entry point group celery.result_backends) */
  readonly entryPoints?: Readonly<Record<string, string>>
  /** `import()` as the application would call it: relative paths are its own. */
  readonly importModule: (specifier: string) => Promise<unknown>
}

/**
 * `resolveBackend` with drivers that must be imported. A path names a module and one of its exports,
 * `./backends.js:mine` or `my-package:mine` (default: `default`), that is a BackendFactory or makes one; what follows
 * a `+` is the URL it is given. (celery.app.backends.by_url)
 *
 * @throws UnknownBackendError also for a path that leads to no driver
 */
export async function loadBackend(url: string, sources: BackendSources): Promise<ResolvedBackend> {
  const { name, rest } = splitName(url)
  if (/[:/]|^\./.test(name)) return { factory: await importFactory(name, sources), url: rest }
  const override = await lookUp(sources.overrides, url, sources)
  if (override !== undefined) return override
  try {
    return resolveBackend(url, sources.factories)
  } catch (thrown) {
    const offered = await lookUp(sources.entryPoints, url, sources)
    if (offered === undefined) throw thrown
    return offered
  }
}

/** What stands before the first `+` of the scheme, and what follows it. */
function splitName(url: string): { readonly name: string; readonly rest: string } {
  const end = url.indexOf('://')
  const head = end < 0 ? url : url.slice(0, end)
  const plus = head.indexOf('+')
  return plus < 0 ? { name: head, rest: '' } : { name: head.slice(0, plus), rest: url.slice(plus + 1) }
}

/** A scheme with its `+` is looked up whole, then by what stands before. */
async function lookUp(
  map: Readonly<Record<string, BackendFactory | string>> = {},
  url: string,
  sources: BackendSources
): Promise<ResolvedBackend | undefined> {
  const { name, rest } = splitName(url)
  const scheme = url.split('://')[0] ?? ''
  const key = [scheme, name].find(each => Object.hasOwn(map, each))
  const found = key === undefined ? undefined : map[key]
  if (found === undefined) return undefined
  const factory = typeof found === 'string' ? await importFactory(found, sources) : found
  return { factory, url: key === scheme ? url : rest }
}

async function importFactory(path: string, { importModule }: BackendSources): Promise<BackendFactory> {
  const [, specifier = path, name = 'default'] = /^(.*):([\w$]+)$/.exec(path) ?? []
  const module = await importModule(specifier).catch((cause: unknown) => {
    throw new UnknownBackendError(`result backend ${redactUrl(path)}: ${specifier} cannot be imported`, { cause })
  })
  const exported = (module as Readonly<Record<string, unknown>>)[name]
  const made: unknown = typeof exported === 'function' ? (exported as () => unknown)() : exported
  if (isFactory(made)) return made
  const what = exported === undefined ? 'does not exist' : 'is no BackendFactory and makes none'
  throw new UnknownBackendError(`result backend ${path}: the export ${name} of ${specifier} ${what}`)
}

function isFactory(value: unknown): value is BackendFactory {
  return typeof value === 'object' && value !== null && 'connect' in value && 'schemes' in value
}
