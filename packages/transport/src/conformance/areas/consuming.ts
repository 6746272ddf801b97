import { TopologyError } from '../../errors.js'
import { expect } from '../jest.js'
import { numbers, textOf, toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'
import { until } from '../until.js'

export function consuming(scenario: Scenario): void {
  scenario('delivers what was there before and what comes later', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['before'])
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(1)
    await scene.send(channel, queue, ['later'])
    await collector.received(2)
    expect(collector.texts).toEqual(['before', 'later'])
  })

  scenario('the sink may publish, settle and change its subscription from inside', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const consumer = await scene.consume(channel, [queue], {
      prefetch: 2,
      react: batch => {
        for (const { tag, message } of batch) {
          void channel.settle([{ tag, kind: 'ack' }])
          const next = Number(textOf(message)) + 1
          if (next < 20) void channel.publish([toQueue(queue, String(next))])
        }
        consumer.subscription.setPrefetch(3)
      }
    })
    await scene.send(channel, queue, ['0'])
    await consumer.collector.received(20)
    expect(consumer.collector.texts).toEqual(numbers(20))
  })

  scenario('without acknowledgement nothing stays unsettled and nothing comes back', async scene => {
    const channel = await scene.channel()
    const watcher = await scene.channel()
    const queue = await scene.queue(watcher)
    await scene.send(watcher, queue, numbers(5))
    const { collector } = await scene.consume(channel, [queue], { noAck: true })
    await collector.received(5)
    expect(await channel.settle(collector.deliveries.map(({ tag }) => ({ tag, kind: 'ack' })))).toEqual(
      collector.deliveries.map(() => undefined)
    )
    await channel.close()
    const stat = await scene.stat(watcher, queue)
    expect(stat.ready).toBe(0)
    expect(stat.unacked ?? 0).toBe(0)
  })

  scenario('a paused subscription is given nothing until it resumes', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const { collector, subscription } = await scene.drain(channel, [queue])
    await scene.send(channel, queue, ['first'])
    await collector.received(1)
    subscription.pause()
    await scene.calm(channel)
    await scene.send(channel, queue, ['held back'])
    await scene.calm(channel)
    expect(collector.texts).toEqual(['first'])
    subscription.resume()
    await collector.received(2)
    expect(collector.texts).toEqual(['first', 'held back'])
    expect(collector.deliveries[1]?.redelivered).toBe(false)
  })

  scenario('setQueues adds and removes queues', async scene => {
    const channel = await scene.channel()
    const [one, two] = [await scene.queue(channel), await scene.queue(channel)]
    const { collector, subscription } = await scene.drain(channel, [one])
    await scene.send(channel, two, ['two'])
    await subscription.setQueues([one, two])
    await collector.received(1)
    await subscription.setQueues([two])
    await scene.send(channel, one, ['one'])
    await scene.send(channel, two, ['two again'])
    await collector.received(2)
    await scene.calm(channel)
    expect(collector.texts).toEqual(['two', 'two again'])
    await scene.ready(channel, one, 1)
  })

  scenario('a busy queue does not starve another', async scene => {
    const channel = await scene.channel()
    const [busy, calm] = [await scene.queue(channel), await scene.queue(channel)]
    await scene.send(channel, busy, numbers(50))
    await scene.send(channel, calm, ['calm'])
    const { collector } = await scene.drain(channel, [busy, calm], 1)
    await collector.received(51)
    expect(collector.texts.indexOf('calm')).toBeLessThan(40)
  })

  scenario('a queue that nobody declared can be consumed, or is a TopologyError', async scene => {
    const { implicitQueues = true } = scene.transport.capabilities
    const channel = await scene.channel()
    const queue = scene.name()
    if (!implicitQueues) await expect(scene.consume(channel, [queue])).rejects.toBeInstanceOf(TopologyError)
    const early = implicitQueues ? await scene.drain(channel, [queue]) : undefined
    await channel.declare({ queues: [{ name: queue }] })
    const { collector } = early ?? (await scene.drain(channel, [queue]))
    await scene.send(channel, queue, ['found'])
    await collector.received(1)
  })

  scenario('a queue deleted under its consumer is served when it is back, or the connection ends', async scene => {
    const [connection, other] = [await scene.connect(), await scene.channel()]
    const queue = await scene.queue(other)
    const { collector } = await scene.drain(await connection.openChannel(), [queue])
    let ended = false
    void connection.closed.then(reason => (ended = reason !== undefined))
    await other.delete(queue)
    await other.declare({ queues: [{ name: queue }] })
    await scene.send(other, queue, ['back'])
    await until('a delivery or the end', () => ended || collector.deliveries.length > 0)
  })

  scenario('cancel ends deliveries and leaves the unsettled in our hands', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['mine'])
    const { collector, subscription } = await scene.consume(channel, [queue])
    await collector.received(1)
    await subscription.cancel()
    collector.end()
    await subscription.cancel()
    await scene.send(channel, queue, ['not mine'])
    await scene.calm(channel)
    await scene.ack(channel, collector.deliveries)
    await scene.ready(channel, queue, 1)
    const next = await scene.drain(channel, [queue])
    await next.collector.received(1)
    expect(next.collector.texts).toEqual(['not mine'])
  })
}
