import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { until } from '@umbel/test-kit'
import type { Channel, Connection, Delivery } from '@umbel/transport'
import { amqp } from '@umbel/transport-amqp'
import { type Channel as WireChannel, type ChannelModel, type ConsumeMessage, connect as dial } from 'amqplib'
import { inspectQueue } from '../src/inspect/queue-facts.js'
import { SpareChannel } from '../src/spare-channel.js'
import { writeTable } from '../src/tables/write.js'
import { toQueue, url, wireUrl } from './support.js'

const LEVELS = Array.from({ length: 28 }, (_, level) => level)

describe('the levels of delayed delivery', () => {
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
    await wire.deleteQueue(queue)
    await wire.deleteQueue(`${queue}.dead`)
    await Promise.all([connection.close(), model.close()])
  })

  it('[Q-27] are 28 exchanges and queues, each waiting twice as long as the next, and dead-lettering to it', async () => {
    await channel.declare({ queues: [{ name: queue }] })
    expect(await channel.publish([{ ...toQueue(queue), notBefore: Date.now() + 60_000 }])).toEqual([undefined])
    const spare = new SpareChannel(model)
    for (const level of LEVELS) {
      const name = `celery_delayed_${level}`
      await wire.checkExchange(name)
      await wire.checkQueue(name)
      const next = level === 0 ? 'celery_delayed_delivery' : `celery_delayed_${level - 1}`
      const facts = await inspectQueue(spare, name)
      expect(facts).toMatchObject({
        durable: true,
        arguments: { 'x-overflow': 'reject-publish', 'x-dead-letter-exchange': next }
      })
      // The server does not tell it, but refuses a declaration with another.
      const declare = async (ttl: number): Promise<unknown> => {
        const given = writeTable({ ...facts?.arguments, 'x-queue-type': facts?.type, 'x-message-ttl': ttl })
        return await spare.run(other => other.assertQueue(name, { durable: true, arguments: given }))
      }
      await declare(1000 * 2 ** level)
      await expect(declare(1000 * 2 ** level + 1)).rejects.toThrow(/x-message-ttl/)
    }
    await wire.checkExchange('celery_delayed_delivery')
  })

  it('[Q-27] are passed by or waited in, as the bits of the seconds in the routing key say', async () => {
    await channel.declare({ queues: [{ name: queue }] })
    const arrived: { readonly message: ConsumeMessage; readonly at: number }[] = []
    const sent = Date.now()
    const delays = [1500, 2500, 3500]
    const batch = delays.map(delay => ({ ...toQueue(queue, String(delay)), notBefore: sent + delay }))
    // Bound to the final exchange alone, by another client: what it gets went through it.
    const { queue: tap } = await wire.assertQueue('', { exclusive: true })
    await wire.bindQueue(tap, 'celery_delayed_delivery', `#.${queue}`)
    await wire.consume(tap, message => message && arrived.push({ message, at: Date.now() }), { noAck: true })
    expect(await channel.publish(batch)).toEqual(delays.map(() => undefined))
    await until(() => arrived.length === 3, { what: 'all three' })
    expect(arrived.map(({ message }) => message.content.toString())).toEqual(delays.map(String))
    for (const { message, at } of arrived) {
      const { routingKey } = message.fields
      expect(routingKey).toMatch(new RegExp(String.raw`^([01]\.){28}${queue.replaceAll('.', String.raw`\.`)}$`))
      const seconds = Number.parseInt(routingKey.slice(0, 56).replaceAll('.', ''), 2)
      expect(at - sent).toBeGreaterThanOrEqual(seconds * 1000 - 10)
      const bits = LEVELS.filter(level => (seconds >> level) % 2 === 1).map(level => `celery_delayed_${level}`)
      expect(waitedIn(message)).toEqual(bits)
    }
    expect(new Set(arrived.flatMap(({ message }) => waitedIn(message)))).toEqual(
      new Set(['celery_delayed_0', 'celery_delayed_1'])
    )
  })

  it('[TR-06] serve quorum queues, whose consumers each have their own prefetch, and whose dead letters are kept', async () => {
    const given = {
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': `${queue}.dead`
    }
    await channel.declare({ queues: [{ name: queue, arguments: given }, { name: `${queue}.dead` }] })
    expect(await inspectQueue(new SpareChannel(model), queue)).toMatchObject({ type: 'quorum' })
    const notBefore = Date.now() + 1500
    const batch = [toQueue(queue, 'a'), toQueue(queue, 'b'), toQueue(queue, 'c')]
    expect(await channel.publish([...batch, { ...toQueue(queue, 'late'), notBefore }])).toEqual(
      [...batch, 0].map(() => undefined)
    )
    // A prefetch of the whole channel is refused by quorum queues, and would let both have one together.
    const [one, two] = [await collect(channel, queue), await collect(channel, queue)]
    await until(() => one.length + two.length === 2, { what: 'one each' })
    expect([one.length, two.length]).toEqual([1, 1])
    await until(async () => (await channel.stat([queue]))[0]?.ready === 1, { what: 'the third waits' })
    const refuse = async ({ tag }: Delivery): Promise<void> =>
      void (await channel.settle([{ tag, kind: 'reject', requeue: false }]))
    for (const delivery of [...one.splice(0), ...two.splice(0)]) await refuse(delivery)
    await until(() => one.length + two.length === 2, { what: 'the third and the delayed one' })
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore)
    await until(async () => (await channel.stat([`${queue}.dead`]))[0]?.ready === 2, { what: 'the dead letters' })
    const death = await wire.get(`${queue}.dead`)
    expect(death).toMatchObject({ properties: { headers: { 'x-first-death-reason': 'rejected' } } })
  })
})

/** The levels whose time a message has spent, the lowest first. */
function waitedIn({ properties }: ConsumeMessage): readonly string[] {
  const deaths: unknown = properties.headers?.['x-death']
  return Array.isArray(deaths) ? deaths.map((death: { readonly queue: string }) => death.queue).sort() : []
}

async function collect(channel: Channel, queue: string): Promise<Delivery[]> {
  const deliveries: Delivery[] = []
  const deliver = (batch: readonly Delivery[]): void => void deliveries.push(...batch)
  await channel.consume([queue], { deliver, lost: () => {} }, { prefetch: 1 })
  return deliveries
}
