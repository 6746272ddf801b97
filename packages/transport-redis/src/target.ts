import { readFileSync } from 'node:fs'
import { BrokerUrl, ConnectionError, InvalidUrlError } from '@umbel/transport'
import type { RedisOptions } from 'ioredis'

export interface TargetOptions {
  /** (master_name) */
  readonly masterName: string | undefined
  /** Given to the Sentinels themselves. (sentinel_kwargs) */
  readonly sentinelPassword: string | undefined
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
  return url.scheme === 'sentinel' ? [sentinels(all, options)] : all.map(server)
}

function sentinels(urls: readonly BrokerUrl[], { masterName, sentinelPassword }: TargetOptions): Target {
  const [first] = urls as readonly [BrokerUrl, ...BrokerUrl[]]
  if (masterName === undefined)
    throw new ConnectionError(`${first.redacted}: a Sentinel's URL needs the transport option 'master_name'`)
  const common = commonOf(first)
  const password = sentinelPassword === undefined ? {} : { sentinelPassword }
  return {
    url: urls.map(url => url.redacted).join(';'),
    database: common.db,
    options: { ...common, ...password, name: masterName, sentinels: urls.map(url => addressOf(url, 26_379)) }
  }
}

function server(url: BrokerUrl): Target {
  const common = commonOf(url)
  const target = { url: url.redacted, database: common.db }
  if (isSocket(url)) return { ...target, options: { ...common, path: url.path } }
  const address = addressOf(url, 6379)
  if (url.scheme !== 'rediss') return { ...target, options: { ...common, ...address } }
  return { ...target, options: { ...common, ...address, tls: { servername: address.host, ...tlsOf(url) } } }
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
  return scheme === 'redis+socket'
}

function databaseOf(url: BrokerUrl): number {
  const text = (isSocket(url) ? url.query['virtual_host'] : (url.query['virtual_host'] ?? url.vhost)) ?? ''
  const digits = text.replace(/^\/+/, '')
  if (/^\d*$/.test(digits)) return Number(digits)
  throw new InvalidUrlError(`${url.redacted}: expected the number of a database, got '${digits}'`)
}

/** `ssl_cert_reqs` (required unless it says none or optional), `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`. */
function tlsOf({ query }: BrokerUrl) {
  const file = (name: string, option: string) => {
    const path = query[name]
    return path === undefined ? {} : { [option]: readFileSync(path) }
  }
  return {
    rejectUnauthorized: !/none$|optional$/i.test(query['ssl_cert_reqs'] ?? 'required'),
    ...(/^false$/i.test(query['ssl_check_hostname'] ?? '') ? { checkServerIdentity: () => undefined } : {}),
    ...file('ssl_ca_certs', 'ca'),
    ...file('ssl_certfile', 'cert'),
    ...file('ssl_keyfile', 'key')
  }
}
