import { BackendError, type BackendFactory, type BackendOptions, type ResultBackend } from '@umbel/backend'
import { jsonResults } from '@umbel/protocol'
import { toError, UmbelError } from '@umbel/runtime'
import type { Connection } from '@umbel/transport'
import { RpcBackend, type RpcParts } from './backend.js'
import { Inbox } from './inbox.js'

/** Seconds that the queue outlives its client, for one that was cut off. */
const QUEUE_EXPIRES = 60

/**
 * Results as messages through the broker, to the one client that sent the task; nothing is stored. (rpc://) Celery's
 * `amqp://`, a queue for each result, is gone there: it means this, and is warned of.
 */
export function rpcBackend(): BackendFactory {
  // What has arrived outlives a connection.
  const inboxes = new Map<string, Inbox>()
  let isWarned = false
  return {
    name: 'rpc',
    schemes: ['rpc', 'amqp', 'amqps', 'pyamqp'],
    replies: true,
    encodes: true,
    connect: async (url, { replies, ...options }: BackendOptions = {}) => {
      if (!url.startsWith('rpc') && !isWarned) warn(url)
      isWarned ||= !url.startsWith('rpc')
      if (replies === undefined)
        throw new BackendError('rpc:// has no store of its own: an application gives it its broker (replies)')
      const inbox = inboxes.get(replies.queue) ?? new Inbox(replies, options)
      inboxes.set(replies.queue, inbox)
      const { codec = jsonResults } = options
      return await open({ replies, inbox, codec, done: () => inboxes.delete(replies.queue) })
    }
  }
}

/** @throws BackendError when the broker cannot be reached */
async function open({ replies, ...parts }: Omit<RpcParts, 'connection' | 'channel'>): Promise<ResultBackend> {
  let connection: Connection | undefined
  try {
    connection = (await replies.connect()) as Connection
    const channel = await connection.openChannel()
    const queue = { name: replies.queue, arguments: { 'x-expires': QUEUE_EXPIRES * 1000 } }
    await channel.declare({ queues: [queue] })
    const backend = new RpcBackend({ connection, channel, replies, ...parts })
    await channel.consume(
      [replies.queue],
      { deliver: batch => backend.receive(batch), lost: () => {} },
      { prefetch: 0, idle: true }
    )
    return backend
  } catch (thrown) {
    await connection?.close()
    const cause = toError(thrown)
    const recoverable = cause instanceof UmbelError && cause.recoverable
    throw new BackendError(`results over the broker: ${cause.message}`, { cause, recoverable })
  }
}

function warn(url: string): void {
  const [scheme] = url.split(':')
  process.emitWarning(`result backend ${scheme}:// is gone in Celery: rpc:// is used in its place`, {
    type: 'UmbelWarning',
    code: 'UMBEL_AMQP_BACKEND'
  })
}
