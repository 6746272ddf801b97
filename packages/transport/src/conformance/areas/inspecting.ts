import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'

export function inspecting(scenario: Scenario): void {
  scenario('stat counts ready and unacked, and answers in the order asked', async scene => {
    const channel = await scene.channel()
    const [one, two] = [await scene.queue(channel), await scene.queue(channel)]
    await scene.send(channel, one, numbers(5))
    await scene.ready(channel, one, 5)
    const { collector } = await scene.consume(channel, [one], { prefetch: 2 })
    await collector.received(2)
    await scene.ready(channel, one, 3)
    const [second, first] = await channel.stat([two, one])
    expect(second).toMatchObject({ queue: two, ready: 0 })
    expect(first).toMatchObject({ queue: one, ready: 3 })
    expect(first?.unacked ?? 2).toBe(2)
    expect(first?.consumers ?? 1).toBe(1)
    expect(first?.oldest ?? 0).toBeGreaterThanOrEqual(0)
  })

  scenario('a queue that does not exist has nothing in it', async scene => {
    const channel = await scene.channel()
    expect(await scene.stat(channel, scene.name())).toMatchObject({ ready: 0 })
    expect(await channel.stat([])).toEqual([])
  })

  scenario('purge takes what is ready, leaves what is unacked, and says how many', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, numbers(5))
    const { collector } = await scene.consume(channel, [queue], { prefetch: 2 })
    await collector.received(2)
    await scene.ready(watcher, queue, 3)
    expect(await watcher.purge(queue)).toBe(3)
    expect(await watcher.purge(queue)).toBe(0)
    await channel.close()
    const next = await scene.drain(watcher, [queue])
    await next.collector.received(2)
    expect(next.collector.texts).toEqual(numbers(2))
  })

  scenario('purging and deleting what does not exist does nothing', async scene => {
    const channel = await scene.channel()
    expect(await channel.purge(scene.name())).toBe(0)
    await channel.delete(scene.name())
  })

  scenario('a deleted queue is gone with its messages, and can be used anew', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.send(channel, queue, ['gone'])
    await channel.delete(queue)
    expect((await scene.stat(channel, queue)).ready).toBe(0)
    await channel.declare({ queues: [{ name: queue }] })
    await scene.send(channel, queue, ['anew'])
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(1)
    expect(collector.texts).toEqual(['anew'])
  })
}
