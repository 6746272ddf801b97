import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'

export function ordering(scenario: Scenario): void {
  scenario('first in, first out, over batches', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    for (let first = 0; first < 1000; first += 100) await scene.send(channel, queue, numbers(100, first))
    const { collector } = await scene.drain(channel, [queue], 30)
    await collector.received(1000)
    expect(collector.texts).toEqual(numbers(1000))
  })

  scenario('what is put back goes before what never left', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['returned', 'next'])
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    const [first] = await collector.received(1)
    await channel.settle([{ tag: first?.tag ?? -1, kind: 'reject', requeue: true }])
    const [, again] = await collector.received(2)
    expect(collector.texts).toEqual(['returned', 'returned'])
    expect(again?.redelivered).toBe(true)
    await scene.ack(channel, collector.deliveries.slice(1))
    await collector.received(3)
    expect(collector.texts[2]).toBe('next')
  })

  scenario('a closed channel gives back in order, in front', async scene => {
    const [first, second] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(first)
    await scene.send(first, queue, numbers(6))
    const { collector } = await scene.consume(first, [queue], { prefetch: 4 })
    await collector.received(4)
    await first.close()
    const next = await scene.drain(second, [queue], 1)
    await next.collector.received(6)
    expect(next.collector.texts).toEqual(numbers(6))
    expect(next.collector.deliveries.map(({ redelivered }) => redelivered)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false
    ])
  })
}
