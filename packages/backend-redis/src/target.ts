import { BackendError, redactUrl } from '@umbel/backend'
import type { RedisOptions } from 'ioredis'
import type { RedisTransportOptions } from './options.js'

/**
 * Where a URL leads: `redis://user:password@host:6379/0`, `rediss://` with TLS, `redis+socket:///path?virtual_host=0`,
 * `sentinel://host:26379/0;sentinel://…`.
 * @throws BackendError for one that cannot be read
 */
export function readTarget(text: string, { masterName }: RedisTransportOptions): RedisOptions {
  const urls = text.split(/;(?=[a-z+]+:\/\/)/i).map(parse)
  const [first] = urls as [URL, ...URL[]]
  const common = { ...credentials(first), db: databaseOf(first) }
  if (first.protocol === 'sentinel:')
    return { ...common, name: masterName, sentinels: urls.map(url => addressOf(url, 26_379)) }
  if (first.protocol.endsWith('socket:')) return { ...common, path: decodeURIComponent(first.pathname) }
  const address = addressOf(first, 6379)
  return first.protocol === 'rediss:' ? { ...common, ...address, tls: tlsOf(first) } : { ...common, ...address }
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

/** `ssl_cert_reqs`: none, or required (the default). */
function tlsOf(url: URL): { readonly rejectUnauthorized: boolean } {
  const wanted = url.searchParams.get('ssl_cert_reqs') ?? 'required'
  return { rejectUnauthorized: !/none$/i.test(wanted) }
}
