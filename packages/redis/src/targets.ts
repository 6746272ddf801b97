import { isIP } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { readTlsOptions } from '@umbel/runtime'
import { BrokerUrl, ConnectionError, InvalidUrlError } from '@umbel/transport'
import type { RedisOptions } from 'ioredis'

/** What a URL does not say. */
export interface TargetOptions {
  /** (master_name) */
  readonly masterName: string | undefined
  /** Given to the Sentinels themselves. (sentinel_kwargs) */
  readonly sentinelPassword: string | undefined
  /** (broker_use_ssl, redis_backend_use_ssl) */
  readonly tls: boolean | Readonly<Record<string, unknown>>
  /** What errors call `tls`. @default broker_use_ssl */
  readonly tlsSetting?: string
}

/** One place to try. */
export interface Target {
  /** Without its password. */
  readonly url: string
  readonly options: RedisOptions
  readonly database: number
}

/**
 * Where a URL leads, in the order to try: `redis://user:password@host:6379/0`, `rediss://` with TLS,
 * `redis+socket:///path?virtual_host=0`, `sentinel://host:26379/0;sentinel://…`. A list of others is tried in turn.
 * @throws InvalidUrlError, ConnectionError
 */
export function readTargets(text: string, options: TargetOptions): readonly Target[] {
  const url = BrokerUrl.parse(text)
  const all = [url, ...url.alternates]
  return url.scheme === 'sentinel' ? [sentinels(all, options)] : all.map(each => server(each, options))
}

function sentinels(urls: readonly BrokerUrl[], options: TargetOptions): Target {
  const { masterName, sentinelPassword, tls } = options
  const [first] = urls as readonly [BrokerUrl, ...BrokerUrl[]]
  if (masterName === undefined)
    throw new ConnectionError(`${first.redacted}: a Sentinel's URL needs the transport option 'master_name'`)
  const common = commonOf(first)
  const password = sentinelPassword === undefined ? {} : { sentinelPassword }
  const secured = tls === false ? {} : { tls: tlsOf(first, options), enableTLSForSentinelMode: true }
  return {
    url: urls.map(url => url.redacted).join(';'),
    database: common.db,
    options: {
      ...common,
      ...password,
      ...secured,
      name: masterName,
      sentinels: urls.map(url => addressOf(url, 26_379))
    }
  }
}

function server(url: BrokerUrl, options: TargetOptions): Target {
  const common = commonOf(url)
  const target = { url: url.redacted, database: common.db }
  if (isSocket(url)) return { ...target, options: { ...common, path: url.path } }
  const address = addressOf(url, 6379)
  if (url.scheme !== 'rediss' && options.tls === false) return { ...target, options: { ...common, ...address } }
  return { ...target, options: { ...common, ...address, tls: { ...nameOf(address.host), ...tlsOf(url, options) } } }
}

function commonOf(url: BrokerUrl) {
  return {
    db: databaseOf(url),
    ...(url.user === undefined ? {} : { username: url.user }),
    ...(url.password === undefined ? {} : { password: url.password })
  }
}

function addressOf(url: BrokerUrl, port: number): { readonly host: string; readonly port: number } {
  return { host: url.host ?? 'localhost', port: url.port ?? port }
}

function isSocket({ scheme }: BrokerUrl): boolean {
  return scheme === 'redis+socket' || scheme === 'socket'
}

function databaseOf(url: BrokerUrl): number {
  const text = (isSocket(url) ? url.query['virtual_host'] : (url.query['virtual_host'] ?? url.vhost)) ?? ''
  const digits = text.replace(/^\/+/, '')
  if (/^\d*$/.test(digits)) return Number(digits)
  throw new InvalidUrlError(`${url.redacted}: expected the number of a database, got '${digits}'`)
}

/** For servers of several names; addresses have none. */
function nameOf(host: string): TlsOptions {
  return isIP(host) === 0 ? { servername: host } : {}
}

/** What the setting says, and over it the `ssl_…` of the URL. */
function tlsOf({ query, redacted }: BrokerUrl, { tls, tlsSetting = 'broker_use_ssl' }: TargetOptions): TlsOptions {
  const ofUrl = Object.fromEntries(Object.entries(query).filter(([name]) => name.startsWith('ssl_')))
  return { ...readTlsOptions(tls, tlsSetting), ...readTlsOptions(ofUrl, redacted) }
}
