import { isIP } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { readTlsOptions } from '@umbel/runtime'
import { type BrokerUrl, ConnectionError } from '@umbel/transport'
import type { Options } from 'amqplib'

export interface Address {
  readonly server: Options.Connect
  readonly tls: TlsOptions
}

export interface AddressDefaults {
  /** Seconds. */
  readonly heartbeat: number
  /** (broker_use_ssl) */
  readonly tls: boolean | Readonly<Record<string, unknown>>
}

/** What a URL leaves out is filled in as kombu does: guest, guest, 127.0.0.1, 5672 (amqps 5671), vhost `/`. */
export function toAddress(url: BrokerUrl, defaults: AddressDefaults): Address {
  const secure = url.scheme === 'amqps' || defaults.tls !== false
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
  return { server, tls: secure ? { ...nameOf(host), ...tlsOf(url, defaults.tls) } : {} }
}

function readHeartbeat({ query, redacted }: BrokerUrl): number | undefined {
  const given = query['heartbeat']
  if (given === undefined) return undefined
  const seconds = Number(given)
  if (given === '' || !Number.isInteger(seconds) || seconds < 0)
    throw new ConnectionError(`heartbeat must be whole seconds, got "${given}"`, { url: redacted })
  return seconds
}

/** For servers of several names; addresses have none. */
function nameOf(host: string): TlsOptions {
  return isIP(host) === 0 ? { servername: host } : {}
}

/** What the setting says, and over it the `ssl_…` of the URL. */
function tlsOf({ query, redacted }: BrokerUrl, setting: AddressDefaults['tls']): TlsOptions {
  const ofUrl = Object.fromEntries(Object.entries(query).filter(([name]) => name.startsWith('ssl_')))
  return { ...readTlsOptions(setting, 'broker_use_ssl'), ...readTlsOptions(ofUrl, redacted) }
}
