import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Channel, Connection, Delivery, Outgoing } from '@umbel/transport'
import { until } from '@umbel/test-kit'
import { amqp } from '@umbel/transport-amqp'
import { type Channel as WireChannel, type ChannelModel, connect as dial } from 'amqplib'
import { askDeliveryLimit, inspectQueue } from '../src/inspect/queue-facts.js'
import { SpareChannel } from '../src/spare-channel.js'
import { toQueue, url, wireUrl } from './support.js'

describe('queues', () => {
  let connection: Connection
  let channel: Channel
  let model: ChannelModel
  let wire: WireChannel
  let queue: string

  beforeEach(async () => {
    connection = await amqp().connect(url)
    channel = await connection.openChannel()
    model = await dial(wireUrl)
    wire = await model.createChannel()
    queue = `umbel.test.${randomUUID()}`
  })

  afterEach(async () => {
    jest.restoreAllMocks()
    await wire.deleteQueue(queue)
    await Promise.all([connection.close(), model.close()])
  })

  async function inspect(options: Parameters<WireChannel['assertQueue']>[1]) {
    await wire.assertQueue(queue, options)
    return await inspectQueue(new SpareChannel(model), queue)
  }

  it('tell their type, and all that they were declared with, by what the server refuses', async () => {
    const given = { 'x-max-priority': 10, 'x-expires': 100_000, 'x-single-active-consumer': true, 'x-max-length': 5 }
    const facts = await inspect({ durable: false, autoDelete: true, arguments: given })
    expect(facts).toEqual({ type: 'classic', durable: false, autoDelete: true, arguments: given })
    await wire.deleteQueue(queue)
    const plain = await inspect({ durable: true })
    expect(plain).toEqual({ type: 'classic', durable: true, autoDelete: false, arguments: {} })
    await wire.deleteQueue(queue)
    const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 3, 'x-dead-letter-exchange': 'none' }
    const others = await inspect({ durable: true, arguments: quorum })
    expect(others).toMatchObject({ type: 'quorum', arguments: { 'x-dead-letter-exchange': 'none' } })
    if (others !== undefined) expect(await askDeliveryLimit(new SpareChannel(model), queue, others)).toBe(3)
  })

  it('that are not there are not made by asking', async () => {
    expect(await inspectQueue(new SpareChannel(model), queue)).toBeUndefined()
    expect(await channel.stat([queue])).toMatchObject([{ ready: 0 }])
    await expect(channel.consume([queue], nobody, { prefetch: 1 })).rejects.toThrow(/never declared/)
  })

  it.each([
    [
      'whose dead-letter exchange is missing',
      { 'x-dead-letter-exchange': 'umbel.none' },
      [/"umbel.none", which is not/]
    ],
    ['that drop what is old', { 'x-message-ttl': 60_000 }, [/drops what waits for 60000 ms/]],
    ['that drop what is too much', { 'x-max-length': 5 }, [/drops its oldest messages/]],
    ['that drop what comes back', { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 }, [/delivered 3 times/]],
    ['that keep all', { 'x-max-length': 5, 'x-overflow': 'reject-publish' }, []],
    ['with a dead-letter exchange', { 'x-message-ttl': 60_000, 'x-dead-letter-exchange': 'amq.fanout' }, []]
  ])('%s are told when they are consumed, once', async (_name, given, expected) => {
    const warnings = listen()
    await channel.declare({ queues: [{ name: queue, arguments: given }] })
    const subscription = await channel.consume([queue], nobody, { prefetch: 1 })
    await subscription.cancel()
    await channel.consume([queue], nobody, { prefetch: 1 })
    expect(warnings()).toEqual(expected.map(pattern => expect.stringMatching(pattern)))
  })

  it('hand what is rejected to their dead-letter exchange, and a reject without one is warned of', async () => {
    const warnings = listen()
    const dead = `${queue}.dead`
    const topology = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }
    await channel.declare({ queues: [{ name: queue, arguments: topology }, { name: dead }] })
    await channel.publish([toQueue(queue)])
    const reject = ([delivery]: readonly Delivery[]): void => {
      if (delivery !== undefined) void channel.settle([{ tag: delivery.tag, kind: 'reject', requeue: false }])
    }
    await channel.consume([queue], { deliver: reject, lost: () => {} }, { prefetch: 1 })
    await until(async () => (await channel.stat([dead]))[0]?.ready === 1, { what: 'dead-lettered' })
    expect(warnings()).toEqual([])
    const last = await channel.consume([dead], { deliver: reject, lost: () => {} }, { prefetch: 1 })
    await until(() => warnings().length === 1, { what: 'warned' })
    expect(warnings()).toEqual([expect.stringContaining(`queue "${dead}" was rejected and is lost`)])
    await last.cancel()
    await channel.delete(dead)
  })

  it('[TR-04] of type quorum ignore the priorities that classic ones with x-max-priority heed', async () => {
    const orders: string[][] = []
    for (const given of [{ 'x-queue-type': 'quorum' }, { 'x-max-priority': 10 }]) {
      // A channel of RabbitMQ 3.10 crashes when a queue comes back as one of another type.
      const name = `${queue}.${orders.length}`
      await channel.declare({ queues: [{ name, arguments: given }] })
      const low = toQueue(name, 'low')
      const urgent = {
        ...low.message,
        properties: { ...low.message.properties, priority: 9 },
        body: Buffer.from('high')
      }
      expect(await channel.publish([low, { ...low, message: urgent }])).toEqual([undefined, undefined])
      const order: string[] = []
      const note = (batch: readonly Delivery[]): void => {
        for (const { message, tag } of batch) {
          order.push(Buffer.from(message.body).toString())
          void channel.settle([{ tag, kind: 'ack' }])
        }
      }
      const subscription = await channel.consume([name], { deliver: note, lost: () => {} }, { prefetch: 1 })
      await until(() => order.length === 2, { what: 'both' })
      await subscription.cancel()
      await channel.delete(name)
      orders.push(order)
    }
    expect(orders).toEqual([
      ['low', 'high'],
      ['high', 'low']
    ])
  })

  it('[TR-04][TR-03] get what exchanges of the server, native ones, route to them, until it is too old; what nobody gets is refused', async () => {
    const exchange = `${queue}.exchange`
    await channel.declare({
      exchanges: [{ name: exchange, type: 'topic' }],
      queues: [{ name: queue, arguments: { 'x-message-ttl': 50, 'x-dead-letter-exchange': 'amq.fanout' } }],
      bindings: [{ exchange, queue, routingKey: 'a.*' }]
    })
    const [message, astray] = ['a.b', 'b.a'].map(key => ({ ...toQueue(key), exchange })) as [Outgoing, Outgoing]
    expect(await channel.publish([message, astray])).toEqual([
      undefined,
      expect.objectContaining({ code: 'UNROUTABLE', message: expect.stringContaining('b.a') })
    ])
    await until(async () => (await channel.stat([queue]))[0]?.ready === 0, { what: 'expired' })
    // Whoever else is at the server sees the exchange, and binds to it without our knowing.
    expect(amqp().capabilities.native).toBe(true)
    const { queue: theirs } = await wire.assertQueue('', { exclusive: true })
    await wire.bindQueue(theirs, exchange, 'b.*')
    expect(await channel.publish([astray])).toEqual([undefined])
    expect(await wire.get(theirs)).toMatchObject({ fields: { exchange, routingKey: 'b.a' } })
    await wire.deleteExchange(exchange)
  })

  it('give to others what waits for a slot longer than a moment', async () => {
    await channel.declare({ queues: [{ name: queue }] })
    const mine: string[] = []
    const keep = (batch: readonly Delivery[]): void =>
      void mine.push(...batch.map(({ message }) => String(message.body)))
    const busy = await channel.consume([queue], { deliver: keep, lost: () => {} }, { prefetch: 4 })
    busy.setPrefetch(1)
    await channel.publish(['a', 'b', 'c', 'd'].map(text => toQueue(queue, text)))
    await until(() => mine.length === 1, { what: 'one is here' })
    const free = await connection.openChannel()
    const theirs: string[] = []
    const take = (batch: readonly Delivery[]): void => void theirs.push(...batch.map(({ queue: from }) => from))
    await free.consume([queue], { deliver: take, lost: () => {} }, { prefetch: 4 })
    await until(() => theirs.length === 3, { what: 'the others are there', deadline: 2 })
    expect(mine).toHaveLength(1)
  })
})

const nobody = { deliver: () => {}, lost: () => {} }

function listen(): () => readonly string[] {
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue()
  return () => warn.mock.calls.map(([text]) => String(text))
}
