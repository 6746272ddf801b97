import { suggest } from '@umbel/runtime'
import type { BackendFactory } from './contract.js'
import { disabledBackend } from './disabled.js'
import { BackendNotInstalledError, UnknownBackendError } from './errors.js'
import { ALIASES, FAMILIES, PACKAGES, REPLACED, UNSUPPORTED } from './known-schemes.js'
import { redactUrl } from './redact.js'

/** The driver that a URL selects, and the URL it is to be given. */
export interface ResolvedBackend {
  readonly factory: BackendFactory
  readonly url: string
}

/**
 * Selects the driver of a result store by the scheme of its URL, or by its name alone (`redis`, `disabled`). Of two
 * that answer to a scheme the first wins. `name+rest://…` passes `rest://…` to the driver `name`; with `db+` and
 * `cache+` the rest also selects the driver, and SQLAlchemy's `dialect+library` counts as the dialect.
 * (celery.app.backends.by_url)
 *
 * @throws BackendNotInstalledError naming the package, for schemes that we know
 * @throws UnknownBackendError listing the known schemes, for all others
 */
export function resolveBackend(url: string, factories: readonly BackendFactory[]): ResolvedBackend {
  const all = [...factories, disabledBackend]
  const scheme = schemeOf(url)
  const found = find(scheme, url, all) ?? findBehindPlus(scheme, url, all)
  if (found === undefined) throw unresolved(scheme, url, all)
  return found
}

function schemeOf(url: string): string {
  const scheme = /^([a-z][\w.+-]*)(?::\/\/|:?$)/i.exec(url)?.[1]
  if (scheme === undefined)
    throw new UnknownBackendError(
      `result backend ${JSON.stringify(redactUrl(url))} is no URL: expected <scheme>://…, for example redis://localhost/1`
    )
  return scheme.toLowerCase()
}

function find(scheme: string, url: string, factories: readonly BackendFactory[]): ResolvedBackend | undefined {
  for (const name of [scheme, own(ALIASES, scheme)]) {
    const factory = factories.find(each => name !== undefined && (each.schemes.includes(name) || each.name === name))
    if (factory !== undefined && name !== undefined) return { factory, url: withScheme(name, scheme, url) }
  }
  return undefined
}

function withScheme(name: string, scheme: string, url: string): string {
  const rest = url.slice(scheme.length)
  return name + (rest.startsWith('://') ? rest : '://')
}

function findBehindPlus(
  scheme: string,
  url: string,
  factories: readonly BackendFactory[]
): ResolvedBackend | undefined {
  const plus = scheme.indexOf('+')
  if (plus < 0) return undefined
  const head = scheme.slice(0, plus)
  const rest = url.slice(plus + 1)
  if (FAMILIES.has(head)) {
    const [dialect = ''] = schemeOf(rest).split('+')
    const behind = find(dialect, dialect + rest.slice(schemeOf(rest).length), factories)
    if (behind !== undefined) return behind
  }
  const named = find(head, head, factories)
  return named === undefined ? undefined : { factory: named.factory, url: rest }
}

function unresolved(scheme: string, url: string, factories: readonly BackendFactory[]): UnknownBackendError {
  const shown = `result backend ${redactUrl(url)}`
  const head = FAMILIES.has(scheme.split('+')[0] ?? '') ? (scheme.split('+')[1] ?? scheme) : scheme
  const replacement = own(REPLACED, head)
  if (replacement !== undefined)
    return notInstalled(`${shown}: results as queues of their own are gone; use ${replacement}://`, replacement)
  const known = [scheme, head, scheme.split('+')[0] ?? ''].find(name => own(PACKAGES, name) !== undefined)
  if (UNSUPPORTED.includes(head))
    return new UnknownBackendError(`${shown}: there is no driver for ${head}. ${listing(factories)}`)
  if (known !== undefined) return notInstalled(`${shown}: the driver for ${known} is missing`, known)
  const candidates = [...factories.flatMap(factory => factory.schemes), ...Object.keys(PACKAGES)]
  const suggestion = suggest(scheme, candidates)
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}://?`
  return new UnknownBackendError(`${shown}: unknown scheme ${scheme}.${hint} ${listing(factories)}`)
}

function notInstalled(message: string, scheme: string): BackendNotInstalledError {
  const name = own(PACKAGES, scheme) ?? ''
  return new BackendNotInstalledError(
    `${message}. Install it with npm install ${name} and give it to the application.`,
    name
  )
}

function listing(factories: readonly BackendFactory[]): string {
  const present = [...new Set(factories.flatMap(factory => factory.schemes))]
  const more = Object.keys(PACKAGES).filter(scheme => !present.includes(scheme))
  return `Known here: ${present.join(', ')}; with another package: ${more.join(', ')}.`
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
