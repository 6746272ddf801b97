import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'

export function prefetching(scenario: Scenario): void {
  scenario('at most prefetch deliveries are unsettled, and each settlement frees one', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(10))
    const { collector } = await scene.consume(channel, [queue], { prefetch: 3 })
    await collector.received(3)
    await scene.calm(channel)
    expect(collector.texts).toEqual(numbers(3))
    await scene.ack(channel, collector.deliveries.slice(0, 2))
    await collector.received(5)
    await scene.calm(channel)
    expect(collector.texts).toEqual(numbers(5))
  })

  scenario('a rejected delivery frees its place too', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(4))
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    for (let count = 1; count <= 4; count++) {
      const { tag } = (await collector.received(count))[count - 1] ?? { tag: -1 }
      await channel.settle([{ tag, kind: 'reject', requeue: false }])
    }
    expect(collector.texts).toEqual(numbers(4))
  })

  scenario('zero is no limit', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(2500))
    const { collector } = await scene.consume(channel, [queue], { prefetch: 0 })
    await collector.received(2500)
    expect(collector.texts).toEqual(numbers(2500))
  })

  scenario('setPrefetch widens and narrows a living subscription', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(20))
    const { collector, subscription } = await scene.consume(channel, [queue], { prefetch: 1 })
    await collector.received(1)
    subscription.setPrefetch(4)
    await collector.received(4)
    await scene.calm(channel)
    expect(collector.deliveries).toHaveLength(4)
    subscription.setPrefetch(2)
    await scene.ack(channel, collector.deliveries.slice(0, 2))
    await scene.calm(channel)
    expect(collector.deliveries).toHaveLength(4)
    await scene.ack(channel, collector.deliveries.slice(2, 3))
    await collector.received(5)
    await scene.calm(channel)
    expect(collector.deliveries).toHaveLength(5)
  })

  scenario('the limit counts as the capability says: over all queues, or each', async scene => {
    const channel = await scene.channel()
    const queues = [await scene.queue(channel), await scene.queue(channel)]
    for (const queue of queues) await scene.send(channel, queue, numbers(5))
    const limit = scene.transport.capabilities.prefetch === 'consumer' ? 2 : 4
    const { collector } = await scene.consume(channel, queues, { prefetch: 2 })
    await collector.received(limit)
    await scene.calm(channel)
    expect(collector.deliveries).toHaveLength(limit)
  })
}
