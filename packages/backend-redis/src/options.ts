import { BackendError } from '@umbel/backend'

/** What `result_backend_transport_options` may hold. */
export interface RedisTransportOptions {
  /** In front of every key. (global_keyprefix) */
  readonly prefix: string
  /** Seconds. (socket_connect_timeout) */
  readonly connectTimeout: number
  /** A server that is silent for so long is not there, seconds. (socket_timeout) */
  readonly commandTimeout: number
  /** Of a Sentinel's URL. (master_name) */
  readonly masterName: string
}

const NAMES = {
  prefix: ['globalKeyprefix', 'global_keyprefix'],
  connectTimeout: ['socketConnectTimeout', 'socket_connect_timeout'],
  commandTimeout: ['socketTimeout', 'socket_timeout'],
  masterName: ['masterName', 'master_name']
} as const

const DEFAULTS: RedisTransportOptions = { prefix: '', connectTimeout: 5, commandTimeout: 10, masterName: 'mymaster' }

/** @throws BackendError for a value of the wrong type; other names are other drivers' */
export function readOptions(given: Readonly<Record<string, unknown>> = {}): RedisTransportOptions {
  const read = (option: keyof RedisTransportOptions): unknown => {
    const name = NAMES[option].find(each => given[each] !== undefined)
    if (name === undefined) return DEFAULTS[option]
    const value = given[name]
    if (typeof value === typeof DEFAULTS[option] && !Number.isNaN(value)) return value
    throw new BackendError(
      `result_backend_transport_options.${name}: expected a ${typeof DEFAULTS[option]}, got ${String(value)}`,
      { recoverable: false }
    )
  }
  return {
    prefix: read('prefix') as string,
    connectTimeout: read('connectTimeout') as number,
    commandTimeout: read('commandTimeout') as number,
    masterName: read('masterName') as string
  }
}
