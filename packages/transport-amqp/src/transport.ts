import { type Clock, createDeferred, systemClock, toError } from '@umbel/runtime'
import {
  BrokerUrl,
  type Connection,
  ConnectionError,
  type ConnectOptions,
  type Transport,
  type TransportCapabilities
} from '@umbel/transport'
import { type ChannelModel, type Options, credentials, connect as dial } from 'amqplib'
import { toAddress } from './address.js'
import { AmqpConnection } from './connection.js'
import { reason, replyCode } from './errors.js'
import { type AmqpSettings, compileTransportOptions } from './options.js'
import { readTablesOf } from './tables/frames.js'
import { writeTable } from './tables/write.js'

/** Seconds. (broker_connection_timeout) */
const CONNECT_TIMEOUT = 4
/** Seconds. (broker_heartbeat) */
const HEARTBEAT = 60

/** RabbitMQ as a broker. (kombu.transport.pyamqp) */
export function amqp(): Transport {
  const warned = new Set<string>()
  return {
    name: 'amqp',
    schemes: ['amqp', 'amqps', 'pyamqp', 'librabbitmq'],
    capabilities,
    connect: (url, options) => connect(url, options, warned)
  }
}

const capabilities: TransportCapabilities = {
  confirms: true,
  fanout: true,
  native: true,
  ttl: true,
  priorities: true,
  priorityOrder: 'higher-first',
  delays: true,
  atomic: false,
  prefetch: 'queue',
  unspent: false,
  implicitQueues: false,
  redelivers: 'on-disconnect'
}

interface DialOptions extends ConnectOptions {
  readonly warned: Set<string>
}

/** Tries the URLs of a list in their order; the first that answers is taken. */
async function connect(text: string, options: ConnectOptions = {}, warned: Set<string>): Promise<Connection> {
  const list = BrokerUrl.parse(text)
  const settings = compileTransportOptions(options.transportOptions ?? {})
  const errors: ConnectionError[] = []
  for (const url of [list, ...list.alternates]) {
    try {
      return await connectOne(url, settings, { ...options, warned })
    } catch (thrown) {
      errors.push(thrown as ConnectionError)
    }
  }
  const [first] = errors
  if (errors.length === 1 && first !== undefined) throw first
  throw new ConnectionError(`no broker of the list answered: ${errors.map(error => error.message).join('; ')}`, {
    url: list.redacted,
    recoverable: errors.some(error => error.recoverable),
    cause: first
  })
}

async function connectOne(url: BrokerUrl, settings: AmqpSettings, options: DialOptions): Promise<Connection> {
  const { clock = systemClock, timeout = CONNECT_TIMEOUT, name, warned } = options
  const { heartbeat = HEARTBEAT, tls: secured = false, loginMethod } = options
  const { delayedQueueType, consumerTimeout } = settings
  const { server, tls } = toAddress(url, { heartbeat, tls: secured })
  const login = loginMethod === undefined ? {} : { credentials: credentialsOf(loginMethod, server) }
  const shown = `${server.protocol}://${server.username}:**@${server.hostname}:${server.port}/${server.vhost}`
  const clientProperties = {
    ...writeTable(settings.clientProperties ?? {}),
    product: 'umbel',
    ...(name === undefined ? {} : { connection_name: name })
  }
  try {
    const socket = { ...tls, ...login, noDelay: true, timeout: timeout * 1000, clientProperties }
    const dialOne = async (): Promise<ChannelModel> => {
      const model = await within(dial(server, socket), timeout, clock)
      readTablesOf(model.connection)
      return model
    }
    const model = await dialOne()
    return new AmqpConnection({ model, dial: dialOne, url: shown, clock, delayedQueueType, consumerTimeout, warned })
  } catch (thrown) {
    throw toConnectError(toError(thrown), shown)
  }
}

type Login = ReturnType<(typeof credentials)[keyof typeof credentials]>

/** @throws ConnectionError naming the methods that there are */
function credentialsOf(method: string, { username = '', password = '' }: Options.Connect): Login {
  if (method === 'PLAIN') return credentials.plain(username, password)
  if (method === 'AMQPLAIN') return credentials.amqplain(username, password)
  if (method === 'EXTERNAL') return credentials.external()
  throw new ConnectionError(`broker_login_method: expected PLAIN, AMQPLAIN or EXTERNAL, got "${method}"`)
}

/** amqplib's own timeout only counts silence. */
async function within(dialled: Promise<ChannelModel>, timeout: number, clock: Clock): Promise<ChannelModel> {
  const late = createDeferred<never>()
  const timer = clock.setTimer(timeout * 1000, () => late.reject(new Error(`no answer within ${timeout} s`)))
  try {
    return await Promise.race([dialled, late.promise])
  } catch (thrown) {
    dialled.then(model => model.close()).catch(() => {})
    throw thrown
  } finally {
    timer.cancel()
  }
}

/** Wrong passwords, vhosts and certificates stay wrong. */
function toConnectError(error: Error, url: string): ConnectionError {
  if (error instanceof ConnectionError) return error
  const code: unknown = (error as { readonly code?: unknown }).code
  // amqplib says no more of a server that closes before the vhost is open.
  const noVhost = error.message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose')
  const refused =
    noVhost || replyCode(error) !== undefined || /ACCESS.REFUSED|NOT.ALLOWED|\b(403|530)\b/.test(error.message)
  const untrusted = typeof code === 'string' && /CERT|SSL|TLS|SIGNATURE/.test(code)
  return new ConnectionError(
    `cannot connect to RabbitMQ at ${url}: ${noVhost ? 'does this vhost exist, and may this user open it?' : reason(error)}`,
    {
      url,
      cause: error,
      recoverable: !refused && !untrusted
    }
  )
}
