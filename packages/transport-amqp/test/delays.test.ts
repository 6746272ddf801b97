import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Channel, Connection } from '@umbel/transport'
import { amqp } from '@umbel/transport-amqp'
import { type Channel as WireChannel, type ChannelModel, connect as dial } from 'amqplib'
import { delayedKey } from '../src/delay/levels.js'
import { receiverOf } from '../src/delay/relay.js'
import { received, toQueue, url, wireUrl } from './support.js'

const nothing = async (): Promise<void> => {}

describe('delayed messages', () => {
  let connection: Connection
  let channel: Channel
  let model: ChannelModel
  let wire: WireChannel
  let queue: string
  let exchange: string

  beforeEach(async () => {
    connection = await amqp().connect(url)
    channel = await connection.openChannel()
    model = await dial(wireUrl)
    wire = await model.createChannel()
    queue = `umbel.test.${randomUUID()}`
    exchange = `${queue}.exchange`
  })

  afterEach(async () => {
    await wire.deleteQueue(queue)
    await wire.deleteQueue(receiverOf({ exchange, routingKey: 'key' }))
    await wire.deleteExchange(exchange)
    await Promise.all([connection.close(), model.close()])
  })

  it('reach a queue that was deleted meanwhile and declared again, by whoever consumes it', async () => {
    await channel.declare({ queues: [{ name: queue }] })
    const notBefore = Date.now() + 1500
    expect(await channel.publish([{ ...toQueue(queue), notBefore }])).toEqual([undefined])
    await wire.deleteQueue(queue)
    await wire.assertQueue(queue, { durable: true })
    const other = await connection.openChannel()
    expect(await received(other, queue, nothing)).toMatchObject({ exchange: '', routingKey: queue })
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore)
  })

  it('reach a queue that is declared again when they are due', async () => {
    await channel.declare({ queues: [{ name: queue }] })
    expect(await channel.publish([{ ...toQueue(queue), notBefore: Date.now() + 1500 }])).toEqual([undefined])
    await wire.deleteQueue(queue)
    await channel.declare({ queues: [{ name: queue }] })
    const first = await received(channel, queue, nothing)
    expect(first.message.headers).toEqual({})
  })

  it('wait in the broker for a named exchange, too, and arrive under their own key', async () => {
    await channel.declare({
      exchanges: [{ name: exchange }],
      queues: [{ name: queue }],
      bindings: [{ exchange, queue, routingKey: 'key' }]
    })
    const notBefore = Date.now() + 1500
    const delivery = await received(channel, queue, async () => {
      const [error] = await channel.publish([{ ...toQueue('key'), exchange, notBefore }])
      expect(error).toBeUndefined()
      // The consumer has a free slot, and nothing comes to it: at once, so neither is it held there.
      expect(await wire.checkQueue(queue)).toMatchObject({ messageCount: 0, consumerCount: 1 })
    })
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore)
    expect(delivery).toMatchObject({ exchange, routingKey: 'key', redelivered: false })
    expect(delivery.message.headers).toEqual({})
  })

  it('for an exchange that is not there are refused', async () => {
    const [error] = await channel.publish([{ ...toQueue('key'), exchange, notBefore: Date.now() + 60_000 }])
    expect(error).toMatchObject({ code: 'UNROUTABLE' })
  })

  it('of Celery’s producers come out of its levels where there is a quorum queue', async () => {
    await channel.declare({
      exchanges: [{ name: exchange, type: 'topic' }],
      queues: [{ name: queue, arguments: { 'x-queue-type': 'quorum' } }],
      bindings: [{ exchange, queue, routingKey: 'a.*' }]
    })
    const sent = Date.now()
    const delivery = await received(channel, queue, async () => {
      wire.publish('celery_delayed_27', delayedKey(1, 'a.b'), Buffer.from('x'))
    })
    expect(Date.now()).toBeGreaterThanOrEqual(sent + 990)
    expect(delivery.exchange).toBe('celery_delayed_delivery')
  })
})
