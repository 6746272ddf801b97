import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { BackendError, redactUrl } from '@umbel/backend'
import { readTlsOptions } from '@umbel/runtime'
import type { RedisOptions } from 'ioredis'
import type { RedisTransportOptions } from './options.js'

export interface TargetOptions extends Pick<RedisTransportOptions, 'masterName'> {
  /** (redis_backend_use_ssl) */
  readonly tls: boolean | Readonly<Record<string, unknown>>
}

/**
 * Where a URL leads: `redis://user:password@host:6379/0`, `rediss://` with TLS, `redis+socket:///path?virtual_host=0`,
 * `sentinel://host:26379/0;sentinel://…`.
 * @throws BackendError for one that cannot be read
 */
export function readTarget(text: string, { masterName, tls }: TargetOptions): RedisOptions {
  const urls = text.split(/;(?=[a-z+]+:\/\/)/i).map(parse)
  const [first] = urls as [URL, ...URL[]]
  const common = { ...credentials(first), db: databaseOf(first) }
  if (first.protocol === 'sentinel:')
    return {
      ...common,
      ...(tls === false ? {} : { tls: tlsOf(first, tls), enableTLSForSentinelMode: true }),
      name: masterName,
      sentinels: urls.map(url => addressOf(url, 26_379))
    }
  if (first.protocol.endsWith('socket:')) return { ...common, path: decodeURIComponent(first.pathname) }
  const address = addressOf(first, 6379)
  if (first.protocol !== 'rediss:' && tls === false) return { ...common, ...address }
  return { ...common, ...address, tls: { servername: address.host, ...tlsOf(first, tls) } }
}

function parse(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new BackendError(
      `cannot read the URL ${redactUrl(text)}: expected redis://user:password@host:port/db; percent-encode odd characters`,
      { cause, recoverable: false }
    )
  }
}

function addressOf(url: URL, port: number): { readonly host: string; readonly port: number } {
  return { host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost', port: url.port === '' ? port : Number(url.port) }
}

function credentials(url: URL): RedisOptions {
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) }
}

/** The path, or `virtual_host` of a socket's URL. */
function databaseOf(url: URL): number {
  const text = url.searchParams.get('virtual_host') ?? (url.protocol.endsWith('socket:') ? '' : url.pathname.slice(1))
  if (text === '') return 0
  if (/^\d+$/.test(text)) return Number(text)
  throw new BackendError(`the URL ${redactUrl(url.href)} names the database '${text}', expected a number`, {
    recoverable: false
  })
}

/** What the setting says, and over it the `ssl_…` of the URL. */
function tlsOf(url: URL, setting: TargetOptions['tls']): TlsOptions {
  const ofUrl = Object.fromEntries([...url.searchParams].filter(([name]) => name.startsWith('ssl_')))
  return { ...readTlsOptions(setting, 'redis_backend_use_ssl'), ...readTlsOptions(ofUrl, redactUrl(url.href)) }
}
