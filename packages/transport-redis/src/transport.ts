import { type ClientOptions, openClient, readTargets, type Target } from '@umbel/redis'
import { systemClock, toError } from '@umbel/runtime'
import {
  type Connection,
  type ConnectOptions,
  ConnectionError,
  type Transport,
  type TransportCapabilities
} from '@umbel/transport'
import { compileLease, virtualConnection } from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import { startLeaseThread } from './lease-keeper.js'
import { compileSettings, type RedisSettings } from './options.js'
import { RedisStore } from './store.js'

/** Redis as a broker, in kombu's keys: Python takes what we send, and we what Python sends. (kombu.transport.redis) */
export function redis(): Transport {
  return { name: 'redis', schemes: ['redis', 'rediss', 'redis+socket', 'sentinel'], capabilities, connect }
}

const capabilities: TransportCapabilities = {
  confirms: true,
  fanout: true,
  priorities: true,
  priorityOrder: 'lower-first',
  delays: true,
  atomic: true,
  prefetch: 'consumer',
  starts: true,
  redelivers: 'on-lease-end'
}

const CONNECT_TIMEOUT = 4
/** Longer than any command takes; a server that is silent for so long is not there. */
const COMMAND_TIMEOUT = 10

async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const lease = compileLease(options.lease)
  const settings = compileSettings(options.transportOptions)
  const { sentinelKwargs, masterName } = settings
  const password = sentinelKwargs['password']
  const sentinelPassword = typeof password === 'string' ? password : undefined
  const targetOptions = { masterName, sentinelPassword, tls: options.tls ?? false }
  const targets = readTargets(url, targetOptions)
  const ofClients = clientOptions(settings, options)
  const { target, client, subscriber, version } = await openAny(targets, ofClients)
  const { clock = systemClock } = options
  const { url: shown, database } = target
  const place = targets.indexOf(target)
  const store = new RedisStore({
    ...{ client, subscriber, url: shown, database, settings, clock, lease, version, holder: options.holder },
    ...(options.leaseThread === true && {
      leaseThread: held => startLeaseThread({ ...held, url, targetOptions, place, clientOptions: ofClients })
    })
  })
  await opened(store, target)
  const { deadletterQueue: deadLetterQueue, queueOrderStrategy: queueOrder } = settings
  return virtualConnection(store, { url: shown, clock, deadLetterQueue, queueOrder })
}

function clientOptions(settings: RedisSettings, { name, timeout }: ConnectOptions): ClientOptions {
  return {
    connectTimeout: timeout ?? settings.socketConnectTimeout ?? CONNECT_TIMEOUT,
    commandTimeout: settings.socketTimeout ?? COMMAND_TIMEOUT,
    name: settings.clientName ?? name,
    keepAlive: settings.socketKeepalive
  }
}

interface Opened {
  readonly target: Target
  readonly client: Redis
  readonly subscriber: Redis
  /** The server's major version. */
  readonly version: number
}

/** @throws ConnectionError when the server refuses what a store needs */
async function opened(store: RedisStore, target: Target): Promise<void> {
  try {
    await store.open()
  } catch (thrown) {
    await store.close()
    throw refusal(target, thrown)
  }
}

/** The first that answers. @throws ConnectionError of the last */
async function openAny(targets: readonly Target[], options: ClientOptions): Promise<Opened> {
  let failure: unknown
  for (const target of targets) {
    try {
      return await open(target, options)
    } catch (thrown) {
      failure = thrown
    }
  }
  throw failure
}

async function open(target: Target, options: ClientOptions): Promise<Opened> {
  const client = await openClient(target, options)
  let subscriber: Redis | undefined
  try {
    subscriber = await openClient(target, options)
    return { target, client, subscriber, version: await inspect(client, target) }
  } catch (thrown) {
    client.disconnect()
    subscriber?.disconnect()
    throw refusal(target, thrown)
  }
}

function refusal({ url }: Target, thrown: unknown): Error {
  if (thrown instanceof ConnectionError) return thrown
  const cause = toError(thrown)
  const recoverable = !cause.message.startsWith('NOPERM')
  return new ConnectionError(`${url} cannot be used as a broker: ${cause.message}`, { cause, url, recoverable })
}

/**
 * The server's major version; warns where it may throw messages away.
 * @throws ConnectionError for one that is too old, or a replica
 */
async function inspect(client: Redis, { url }: Target): Promise<number> {
  const facts = await client.info()
  const read = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(facts)?.[1]?.trim() ?? ''
  if (read('role') === 'slave')
    throw new ConnectionError(`${url} is a replica: expected the master`, { url, recoverable: true })
  const policy = read('maxmemory_policy')
  if (policy !== '' && policy !== 'noeviction')
    process.emitWarning(`${url} may throw messages away: its maxmemory-policy is ${policy}, a broker's is noeviction`, {
      type: 'UmbelWarning',
      code: 'UMBEL_MAXMEMORY_POLICY'
    })
  const [major = 0, minor = 0] = read('redis_version').split('.').map(Number)
  if (major > 6 || (major === 6 && minor >= 2)) return major
  throw new ConnectionError(`${url} is Redis ${read('redis_version')}: expected 6.2 or later`, { url })
}
