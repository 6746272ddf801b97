import type { Delivery } from '../../contract.js'
import { expect } from '../jest.js'
import { textOf } from '../messages.js'
import type { Scenario } from '../scene.js'

/** What a consumer began is not run by the next. */
export function starting(scenario: Scenario): void {
  const starts = scenario.needing('starts')

  starts('what was started stays ours until it is acked', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['begun'])
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    const [begun] = await collector.received(1)
    expect(begun?.started ?? false).toBe(false)
    expect(await channel.settle([start(begun)])).toEqual([undefined])
    expect(await scene.stat(watcher, queue)).toMatchObject({ ready: 0, unacked: 1 })
    await scene.ack(channel, collector.deliveries)
    expect(await scene.stat(watcher, queue)).toMatchObject({ ready: 0, unacked: 0 })
  })

  starts('what was started counts against the prefetch until it is acked', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['first', 'second'])
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    const [first] = await collector.received(1)
    await channel.settle([start(first)])
    await scene.calm(channel)
    expect(collector.texts).toEqual(['first'])
    await scene.ack(channel, collector.deliveries)
    await collector.received(2)
  })

  starts('comes back marked when its consumer is gone, whoever takes it and however often', async scene => {
    const [connection, next, last] = [await scene.connect(), await scene.connect(), await scene.channel()]
    const queue = await scene.queue(last)
    await scene.send(last, queue, ['begun', 'waiting'])
    const channel = await connection.openChannel()
    const { collector } = await scene.consume(channel, [queue])
    const held = await collector.received(2)
    await channel.settle([start(held.find(({ message }) => textOf(message) === 'begun'))])
    await connection.close()
    for (const heir of [await next.openChannel(), last]) {
      const consumer = await scene.consume(heir, [queue])
      await consumer.collector.received(2)
      const marks = consumer.collector.deliveries.map(({ message, started }) => [textOf(message), started ?? false])
      expect(Object.fromEntries(marks)).toEqual({ begun: true, waiting: false })
      await next.close()
    }
  })

  starts('starting again, or what is not ours, does nothing', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['begun'])
    const { collector } = await scene.consume(channel, [queue])
    const [begun] = await collector.received(1)
    expect(await channel.settle([start(begun)])).toEqual([undefined])
    expect(await channel.settle([start(begun), start(undefined)])).toEqual([undefined, undefined])
    await scene.ack(channel, collector.deliveries)
    expect(await channel.settle([start(begun)])).toEqual([undefined])
    expect((await scene.stat(channel, queue)).ready).toBe(0)
  })
}

function start(delivery: Delivery | undefined): { readonly tag: number; readonly kind: 'start' } {
  return { tag: delivery?.tag ?? -1, kind: 'start' }
}
