import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Channel, Connection, Delivery } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { type FreshBroker, freshBroker } from './fresh-broker.js'
import { closeAll, toQueue, until } from './support.js'

describe('the order in which messages are taken', () => {
  let broker: FreshBroker
  const connections: Connection[] = []
  beforeAll(async () => {
    broker = await freshBroker()
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    const keys = await broker.client.keys(`${broker.prefix}*`)
    if (keys.length > 0) await broker.client.del(...keys)
  })
  afterAll(() => broker.teardown())

  async function open(options: Readonly<Record<string, unknown>> = {}): Promise<Channel> {
    const connection = await redis().connect(broker.url, { transportOptions: { ...broker.options, ...options } })
    connections.push(connection)
    return connection.openChannel()
  }

  /** One at a time, each acknowledged before the next comes. */
  async function drain(channel: Channel, queues: readonly string[], count: number): Promise<readonly string[]> {
    const texts: string[] = []
    const deliver = (batch: readonly Delivery[]): void => {
      for (const { message } of batch) texts.push(Buffer.from(message.body).toString())
      void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' })))
    }
    await channel.consume(queues, { deliver, lost: () => undefined }, { prefetch: 1 })
    await until(`${count} messages`, () => texts.length === count)
    return texts
  }

  it('[Q-21] four lists, of the steps 0, 3, 6 and 9: 0 first, and within a list as they were sent', async () => {
    const channel = await open()
    const priorities = [9, 4, 0, 6, 3, 7, 1, 0]
    await channel.publish(priorities.map((priority, index) => toQueue('q', `${priority}/${index}`, { priority })))
    expect(await broker.client.keys(`${broker.prefix}q*`)).toHaveLength(4)
    expect(await drain(channel, ['q'], 8)).toEqual(['0/2', '1/6', '0/7', '4/1', '3/4', '6/3', '7/5', '9/0'])
  })

  it('[Q-21] is approximate: what was prefetched before comes before what is more urgent', async () => {
    const channel = await open()
    await channel.publish(['a', 'b'].map(text => toQueue('q', text, { priority: 9 })))
    const order: string[] = []
    const tags: number[] = []
    const deliver = (batch: readonly Delivery[]): void => {
      for (const { message, tag } of batch) {
        order.push(Buffer.from(message.body).toString())
        tags.push(tag)
      }
    }
    await channel.consume(['q'], { deliver, lost: () => undefined }, { prefetch: 2 })
    await until('two are prefetched', () => order.length === 2)
    await channel.publish([toQueue('q', 'urgent', { priority: 0 })])
    await channel.settle(tags.map(tag => ({ tag, kind: 'ack' })))
    await until('the urgent one', () => order.length === 3)
    expect(order).toEqual(['a', 'b', 'urgent'])
  })

  it('[Q-21] a list of high priority of any queue comes before one of low priority of another', async () => {
    const channel = await open({ queue_order_strategy: 'priority' })
    await channel.publish([
      toQueue('one', 'one late', { priority: 9 }),
      toQueue('two', 'two early', { priority: 0 }),
      toQueue('one', 'one early', { priority: 0 })
    ])
    expect(await drain(channel, ['one', 'two'], 3)).toEqual(['one early', 'two early', 'one late'])
  })

  it.each([
    ['round_robin', ['b1', 'a1', 'c1', 'b2', 'a2', 'c2']],
    ['priority', ['b1', 'b2', 'a1', 'a2', 'c1', 'c2']],
    ['sorted', ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']]
  ])('[TR-11][Q-21] queue_order_strategy %s', async (strategy, expected) => {
    const channel = await open({ queue_order_strategy: strategy })
    for (const queue of ['a', 'b', 'c'])
      await channel.publish([toQueue(queue, `${queue}1`), toQueue(queue, `${queue}2`)])
    expect(await drain(channel, ['b', 'a', 'c'], 6)).toEqual(expected)
  })

  it('[Q-21] round_robin is the default', async () => {
    const channel = await open()
    for (const queue of ['a', 'b']) await channel.publish([toQueue(queue, `${queue}1`), toQueue(queue, `${queue}2`)])
    expect(await drain(channel, ['b', 'a'], 4)).toEqual(['b1', 'a1', 'b2', 'a2'])
  })
})
