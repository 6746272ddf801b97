import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { type BrokerUrl, ConnectionError } from '@umbel/transport'
import type { Options } from 'amqplib'

export interface Address {
  readonly server: Options.Connect
  readonly tls: TlsOptions
}

/** What a URL leaves out is filled in as kombu does: guest, guest, 127.0.0.1, 5672 (amqps 5671), vhost `/`. */
export function toAddress(url: BrokerUrl, defaults: { readonly heartbeat: number; readonly tls: TlsOptions }): Address {
  const secure = url.scheme === 'amqps' || Object.keys(defaults.tls).length > 0
  const { host = '127.0.0.1', user = 'guest', password = 'guest', vhost = '/' } = url
  const server = {
    protocol: secure ? 'amqps' : 'amqp',
    hostname: host === 'localhost' ? '127.0.0.1' : host,
    port: url.port ?? (secure ? 5671 : 5672),
    username: user,
    password,
    // amqplib decodes it once more.
    vhost: encodeURIComponent(vhost),
    heartbeat: readHeartbeat(url) ?? defaults.heartbeat
  }
  return { server, tls: { servername: host, ...defaults.tls, ...readTls(url) } }
}

function readHeartbeat({ query, redacted }: BrokerUrl): number | undefined {
  const given = query['heartbeat']
  if (given === undefined) return undefined
  const seconds = Number(given)
  if (given === '' || !Number.isInteger(seconds) || seconds < 0)
    throw new ConnectionError(`heartbeat must be whole seconds, got "${given}"`, { url: redacted })
  return seconds
}

const FILES = { ssl_ca_certs: 'ca', ssl_certfile: 'cert', ssl_keyfile: 'key' } as const

/** kombu's query parameters. Certificates are checked unless `ssl_cert_reqs` says none. */
function readTls({ query, redacted }: BrokerUrl): TlsOptions {
  const tls: Record<string, unknown> = {}
  for (const [name, target] of Object.entries(FILES)) {
    const path = query[name]
    if (path !== undefined) tls[target] = readFile(name, path, redacted)
  }
  if (/^(cert_)?none$/i.test(query['ssl_cert_reqs'] ?? '')) tls['rejectUnauthorized'] = false
  if (/^(false|0|no)$/i.test(query['ssl_check_hostname'] ?? '')) tls['checkServerIdentity'] = () => undefined
  return tls
}

function readFile(name: string, path: string, url: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new ConnectionError(`${name}: the file ${path} cannot be read`, { cause, url })
  }
}
