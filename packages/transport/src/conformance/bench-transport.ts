import { randomUUID } from 'node:crypto'
import { createDeferred } from '@umbel/runtime'
import type { Channel } from '../contract.js'
import { textMessage } from './messages.js'
import type { TransportSetup } from './scene.js'

export interface TransportBenchOptions {
  /** Default 50,000. */
  readonly messages?: number
  /** Messages in one publish. Default 500. */
  readonly batch?: number
  /** Unsettled deliveries while draining. Default 500. */
  readonly prefetch?: number
}

/** Messages per second. */
export interface TransportRates {
  readonly name: string
  readonly publish: number
  readonly drain: number
}

/** Publishes, then consumes and acknowledges; no jest needed. */
export async function benchTransport(
  name: string,
  setup: () => Promise<TransportSetup>,
  options: TransportBenchOptions = {}
): Promise<TransportRates> {
  const { messages = 50_000, batch = 500, prefetch = 500 } = options
  const { transport, url, teardown } = await setup()
  const connection = await transport.connect(url)
  const channel = await connection.openChannel()
  const queue = `umbel.bench.${randomUUID()}`
  try {
    await channel.declare({ queues: [{ name: queue }] })
    const publish = await rate(messages, () => publishAll(channel, queue, { messages, batch }))
    const drain = await rate(messages, () => drainAll(channel, queue, { messages, prefetch }))
    return { name, publish, drain }
  } finally {
    await channel.delete(queue)
    await connection.close()
    await teardown()
  }
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return Math.round((count / (performance.now() - start)) * 1000)
}

async function publishAll(
  channel: Channel,
  queue: string,
  { messages, batch }: { readonly messages: number; readonly batch: number }
): Promise<void> {
  const message = textMessage(
    JSON.stringify([[1, 2], {}, { callbacks: null, errbacks: null, chain: null, chord: null }])
  )
  for (let sent = 0; sent < messages; sent += batch) {
    const size = Math.min(batch, messages - sent)
    const outcomes = await channel.publish(
      Array.from({ length: size }, () => ({ exchange: '', routingKey: queue, message }))
    )
    const error = outcomes.find(outcome => outcome !== undefined)
    if (error !== undefined) throw error
  }
}

async function drainAll(
  channel: Channel,
  queue: string,
  { messages, prefetch }: { readonly messages: number; readonly prefetch: number }
): Promise<void> {
  const done = createDeferred<void>()
  let settled = 0
  const subscription = await channel.consume(
    [queue],
    {
      deliver(batch) {
        void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' }))).then(() => {
          settled += batch.length
          if (settled >= messages) done.resolve()
        }, done.reject)
      },
      lost: () => {}
    },
    { prefetch }
  )
  await done.promise
  await subscription.cancel()
}
