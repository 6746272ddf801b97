import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'

export function settling(scenario: Scenario): void {
  scenario('an acknowledged message is gone', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(3))
    const { collector } = await scene.consume(channel, [queue])
    await collector.received(3)
    await scene.ack(channel, collector.deliveries)
    await channel.close()
    expect((await scene.stat(watcher, queue)).ready).toBe(0)
  })

  scenario('one call settles in many ways, in any order', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['ack', 'drop', 'requeue', 'late ack'])
    const { collector, subscription } = await scene.consume(channel, [queue])
    const tags = (await collector.received(4)).map(({ tag }) => tag)
    await subscription.cancel()
    const outcomes = await channel.settle([
      { tag: tags[3] ?? -1, kind: 'ack' },
      { tag: tags[1] ?? -1, kind: 'reject', requeue: false },
      { tag: tags[0] ?? -1, kind: 'ack' },
      { tag: tags[2] ?? -1, kind: 'reject', requeue: true }
    ])
    expect(outcomes).toEqual([undefined, undefined, undefined, undefined])
    await channel.close()
    await scene.ready(watcher, queue, 1)
    const next = await scene.drain(watcher, [queue])
    await next.collector.received(1)
    expect(next.collector.texts).toEqual(['requeue'])
    expect(next.collector.deliveries[0]?.redelivered).toBe(true)
  })

  scenario('what was never started comes back unmarked, where the broker can', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['unstarted'])
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    const [first] = await collector.received(1)
    await channel.settle([{ tag: first?.tag ?? -1, kind: 'reject', requeue: true, unspent: true }])
    const [, again] = await collector.received(2)
    expect(again?.redelivered).toBe(scene.transport.capabilities.unspent === false)
  })

  scenario('unspent does not wash off an earlier mark', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['started once'])
    const { collector } = await scene.consume(channel, [queue], { prefetch: 1 })
    const [first] = await collector.received(1)
    await channel.settle([{ tag: first?.tag ?? -1, kind: 'reject', requeue: true }])
    const [, second] = await collector.received(2)
    await channel.settle([{ tag: second?.tag ?? -1, kind: 'reject', requeue: true, unspent: true }])
    const [, , third] = await collector.received(3)
    expect(third?.redelivered).toBe(true)
  })

  scenario('settling a tag twice does nothing the second time', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['once'])
    const { collector } = await scene.consume(channel, [queue])
    const tag = (await collector.received(1))[0]?.tag ?? -1
    const twice = await channel.settle([
      { tag, kind: 'ack' },
      { tag, kind: 'reject', requeue: true }
    ])
    expect(twice).toEqual([undefined, undefined])
    expect(await channel.settle([{ tag, kind: 'reject', requeue: true }])).toEqual([undefined])
    await scene.calm(channel)
    expect(collector.deliveries).toHaveLength(1)
    expect((await scene.stat(channel, queue)).ready).toBe(0)
  })

  scenario('tags that are not ours are ignored and hurt nothing', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['mine'])
    const { collector } = await scene.consume(channel, [queue])
    await collector.received(1)
    const other = await scene.channel()
    expect(await other.settle([{ tag: collector.deliveries[0]?.tag ?? -1, kind: 'ack' }])).toEqual([undefined])
    const foreign = [-1, 0, 999_999].map(tag => ({ tag, kind: 'ack' }) as const)
    expect(await channel.settle(foreign)).toEqual([undefined, undefined, undefined])
    expect(await channel.settle([])).toEqual([])
    await scene.ack(channel, collector.deliveries)
  })
}
