import { setTimeout as wait } from 'node:timers/promises'
import { toError } from '@umbel/runtime'
import { ConnectionError } from '@umbel/transport'
import { Redis } from 'ioredis'
import type { Target } from './targets.js'

export interface ClientOptions {
  /** Seconds. */
  readonly connectTimeout: number
  /** Seconds. */
  readonly commandTimeout: number
  /** What the server's list of clients calls it. */
  readonly name: string | undefined
  readonly keepAlive: boolean
}

/**
 * A client that nothing repairs: a fault ends it, and its owner opens another. Its commands fail at once where it has ended.
 * @throws ConnectionError
 */
export async function openClient(target: Target, options: ClientOptions): Promise<Redis> {
  const client = new Redis({
    ...target.options,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    // RESP3's pushes of client tracking are dropped by ioredis.
    protocol: 2,
    replyMapping: 'legacy',
    // Its timer is left behind where the stream has closed already, and would keep the process for as long.
    disconnectTimeout: 200,
    connectTimeout: options.connectTimeout * 1000,
    commandTimeout: options.commandTimeout * 1000,
    ...(options.keepAlive ? { keepAlive: 15_000 } : {}),
    ...(options.name === undefined ? {} : { connectionName: options.name.replace(/[^\x21-\x7e]/g, '-') })
  })
  // Each command tells its own failure; without a listener the process would end.
  let cause: Error | undefined
  client.on('error', (error: unknown) => {
    cause = toError(error)
  })
  try {
    await within(options.connectTimeout, client.connect())
    // An idle connection keeps no process; commands do by their timeout, consumers by `Watcher`.
    client.stream.unref()
    return client
  } catch (thrown) {
    client.disconnect()
    throw refusal(target, cause ?? toError(thrown))
  }
}

async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const late = wait(seconds * 1000, undefined, { signal: timer.signal }).then(() => {
    throw new ConnectionError(`no answer within ${seconds} s`)
  })
  try {
    await Promise.race([work, late])
  } finally {
    timer.abort()
    work.catch(() => undefined)
    late.catch(() => undefined)
  }
}

const FINAL = /WRONGPASS|NOAUTH|NOPERM|DB index|certificate|altname|ERR AUTH/i

function refusal({ url, options }: Target, cause: Error): ConnectionError {
  const cut = options.tls !== undefined && /ECONNRESET|EPIPE|closed/.test(cause.message)
  const hint = cut ? '; does it want a certificate (ssl_certfile, ssl_keyfile)?' : ''
  return new ConnectionError(`cannot connect to ${url}: ${cause.message}${hint}`, {
    cause,
    url,
    recoverable: !FINAL.test(cause.message)
  })
}
