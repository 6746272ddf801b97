import { BackendError, type BackendFactory, type BackendOptions, redactUrl, type ResultBackend } from '@umbel/backend'
import { toError } from '@umbel/runtime'
import { Redis } from 'ioredis'
import { RedisBackend } from './backend.js'
import { readOptions, type RedisTransportOptions } from './options.js'
import { readTarget, type TargetOptions } from './target.js'

/** Results in Redis, in Celery's keys: Python reads what we store, and we what Python stores. */
export function redisBackend(): BackendFactory {
  return { name: 'redis', schemes: ['redis', 'rediss', 'sentinel', 'redis+socket', 'socket'], connect }
}

/** @throws BackendError when the server cannot be reached or refuses */
async function connect(url: string, options: BackendOptions = {}): Promise<ResultBackend> {
  const own = readOptions(options.transportOptions)
  const open = (): Promise<Redis> => openClient(url, { ...own, tls: options.tls ?? false })
  return new RedisBackend(await open(), open, { ...options, url: redactUrl(url), prefix: own.prefix })
}

/** A fault ends it: the owner opens another. */
async function openClient(url: string, options: RedisTransportOptions & TargetOptions): Promise<Redis> {
  const client = new Redis(clientOptions(url, options))
  // Each command tells its own failure; without a listener the process would end.
  let failure: Error | undefined
  client.on('error', (error: unknown) => {
    failure = toError(error)
  })
  try {
    await client.connect()
    // An idle connection keeps no process; commands do by their timeout.
    client.stream.unref()
    return client
  } catch (thrown) {
    client.disconnect()
    const cause = failure ?? toError(thrown)
    throw new BackendError(`cannot connect to the result store ${redactUrl(url)}: ${cause.message}`, {
      cause,
      recoverable: !/WRONGPASS|NOAUTH|NOPERM/.test(cause.message)
    })
  }
}

function clientOptions(url: string, options: RedisTransportOptions & TargetOptions) {
  const behaviour = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => null }
  // Pushes of RESP3 are not all told to subscribers by this library.
  return {
    ...readTarget(url, options),
    ...behaviour,
    protocol: 2,
    replyMapping: 'legacy',
    connectTimeout: options.connectTimeout * 1000,
    commandTimeout: options.commandTimeout * 1000
  } as const
}
