import { suggest } from '@umbel/runtime'
import type { Transport } from './contract.js'
import { UnknownSchemeError } from './errors.js'
import { BrokerUrl } from './url.js'

/** Which package answers to a scheme. */
const PACKAGES: Readonly<Record<string, string>> = {
  amqp: '@umbel/transport-amqp',
  amqps: '@umbel/transport-amqp',
  pyamqp: '@umbel/transport-amqp',
  librabbitmq: '@umbel/transport-amqp',
  redis: '@umbel/transport-redis',
  rediss: '@umbel/transport-redis',
  'redis+socket': '@umbel/transport-redis',
  sentinel: '@umbel/transport-redis',
  postgres: '@umbel/transport-sql',
  postgresql: '@umbel/transport-sql',
  sqlite: '@umbel/transport-sql',
  memory: '@umbel/memory'
}

/**
 * The transport that knows the URL's scheme.
 * @throws InvalidUrlError when the URL cannot be read
 * @throws UnknownSchemeError naming the package to install, or the nearest scheme and all known ones
 */
export function resolveTransport(url: string | BrokerUrl, transports: readonly Transport[]): Transport {
  const { scheme, alternates } = typeof url === 'string' ? BrokerUrl.parse(url) : url
  const transport = findTransport(scheme, transports)
  for (const alternate of alternates)
    if (findTransport(alternate.scheme, transports) !== transport)
      throw new UnknownSchemeError(
        `the alternates of a broker URL must be of one kind, got ${scheme}:// and ${alternate.scheme}://`
      )
  return transport
}

function findTransport(scheme: string, transports: readonly Transport[]): Transport {
  const transport = transports.find(({ schemes }) => schemes.includes(scheme))
  if (transport !== undefined) return transport
  const installed = transports.flatMap(({ schemes }) => schemes)
  throw new UnknownSchemeError(explain(scheme, installed))
}

function explain(scheme: string, installed: readonly string[]): string {
  const known = `known here: ${installed.join(', ') || 'none'}`
  const owner = packageOf(scheme)
  if (owner !== undefined)
    return `no transport for ${scheme}:// is given; install ${owner} and pass it in transports (${known})`
  const nearest = suggest(scheme, [...installed, ...Object.keys(PACKAGES)])
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}://?`
  const missing = nearest === undefined || installed.includes(nearest) ? undefined : packageOf(nearest)
  return `unknown broker scheme ${scheme}://${hint}${missing === undefined ? '' : ` (install ${missing})`} (${known})`
}

function packageOf(scheme: string): string | undefined {
  return Object.hasOwn(PACKAGES, scheme) ? PACKAGES[scheme] : undefined
}
