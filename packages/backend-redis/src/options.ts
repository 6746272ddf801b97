import { BackendError, type BackendOptions } from '@umbel/backend'
import type { ClientOptions } from '@umbel/redis'
import { describe } from '@umbel/runtime'

/** What `result_backend_transport_options` may hold. */
export interface RedisTransportOptions extends ClientOptions {
  /** In front of every key. (global_keyprefix) */
  readonly prefix: string
  /** Keep the order of a chord's header. (result_chord_ordered) */
  readonly ordered: boolean
  /** Of a Sentinel's URL. (master_name) */
  readonly masterName: string
  /** (sentinel_kwargs) */
  readonly sentinelPassword: string | undefined
}

export interface RedisBackendParts extends BackendOptions {
  /** Without its password. */
  readonly url: string
  readonly prefix: string
  /** Keep the order of a chord's header. (result_chord_ordered) */
  readonly ordered: boolean
}

type Given = Readonly<Record<string, unknown>>

/** In camelCase or snake_case. @throws BackendError for a value of the wrong type; other names are other drivers' */
export function readOptions(given: Given = {}): RedisTransportOptions {
  const { password } = (find(given, 'sentinel_kwargs') ?? {}) as Given
  return {
    prefix: read(given, 'global_keyprefix', ''),
    ordered: read(given, 'result_chord_ordered', true),
    connectTimeout: read(given, 'socket_connect_timeout', 5),
    commandTimeout: read(given, 'socket_timeout', 10),
    keepAlive: read(given, 'socket_keepalive', true),
    name: find(given, 'client_name') === undefined ? undefined : read(given, 'client_name', ''),
    masterName: read(given, 'master_name', 'mymaster'),
    sentinelPassword: typeof password === 'string' ? password : undefined
  }
}

function read<Value extends string | number | boolean>(given: Given, name: string, fallback: Value): Value {
  const value = find(given, name)
  if (value === undefined) return fallback
  if (typeof value === typeof fallback && !Number.isNaN(value)) return value as Value
  throw new BackendError(
    `result_backend_transport_options.${name}: expected a ${typeof fallback}, got ${describe(value)}`,
    { recoverable: false }
  )
}

function find(given: Given, name: string): unknown {
  return given[name] ?? given[name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())] ?? undefined
}
