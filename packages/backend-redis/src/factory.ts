import { BackendError, type BackendFactory, type BackendOptions, redactUrl, type ResultBackend } from '@umbel/backend'
import { type ClientOptions, openClient, readTargets, type Target } from '@umbel/redis'
import { toError, UmbelError } from '@umbel/runtime'
import type { Redis } from 'ioredis'
import { RedisBackend } from './backend.js'
import { readOptions } from './options.js'

/** Results in Redis, in Celery's keys: Python reads what we store, and we what Python stores. */
export function redisBackend(): BackendFactory {
  return { name: 'redis', schemes: ['redis', 'rediss', 'sentinel', 'redis+socket', 'socket'], encodes: true, connect }
}

/** @throws BackendError when the server cannot be reached or refuses */
async function connect(url: string, options: BackendOptions = {}): Promise<ResultBackend> {
  const { prefix, ordered, masterName, sentinelPassword, ...client } = readOptions(options.transportOptions)
  const tls = { tls: options.tls ?? false, tlsSetting: 'redis_backend_use_ssl' }
  const open = async (): Promise<Redis> => {
    try {
      return await openAny(readTargets(url, { masterName, sentinelPassword, ...tls }), client)
    } catch (thrown) {
      throw toBackendError(toError(thrown))
    }
  }
  return new RedisBackend(await open(), open, { ...options, url: redactUrl(url), prefix, ordered })
}

/** The first that answers. */
async function openAny(targets: readonly Target[], options: ClientOptions): Promise<Redis> {
  let failure: unknown
  for (const target of targets) {
    try {
      return await openClient(target, options)
    } catch (thrown) {
      failure = thrown
    }
  }
  throw failure
}

function toBackendError(cause: Error): BackendError {
  const recoverable = cause instanceof UmbelError && cause.recoverable
  return new BackendError(`result store: ${cause.message}`, { cause, recoverable })
}
