import { expect } from '../jest.js'
import { toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

const DELAY = 300

export function delays(scenario: Scenario): void {
  const delayed = scenario.needing('delays')

  scenario('a delayed message stays in the broker until its time, where the broker can', async scene => {
    const { delays } = scene.transport.capabilities
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const { collector } = await scene.drain(channel, [queue])
    const notBefore = Date.now() + DELAY
    await scene.publish(channel, [{ ...toQueue(queue, 'later'), notBefore }, toQueue(queue, 'now')])
    await collector.received(2)
    const arrived = Date.now()
    expect(collector.texts).toEqual(delays ? ['now', 'later'] : ['later', 'now'])
    if (delays) expect(arrived).toBeGreaterThanOrEqual(notBefore)
  })

  delayed('delayed messages come in order of their times, and one from the past at once', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const { collector } = await scene.drain(channel, [queue])
    const now = Date.now()
    await scene.publish(channel, [
      { ...toQueue(queue, 'third'), notBefore: now + 2 * DELAY },
      { ...toQueue(queue, 'second'), notBefore: now + DELAY },
      { ...toQueue(queue, 'first'), notBefore: now - 10_000 }
    ])
    await collector.received(3)
    expect(collector.texts).toEqual(['first', 'second', 'third'])
  })

  delayed('a delayed message is counted as delayed, and purged', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.publish(channel, [{ ...toQueue(queue, 'far'), notBefore: Date.now() + 3_600_000 }])
    expect(await scene.stat(channel, queue)).toMatchObject({ ready: 0 })
    expect((await scene.stat(channel, queue)).delayed ?? 1).toBe(1)
    // Who cannot count them cannot find them either.
    const { delayed } = await scene.stat(channel, queue)
    expect(await channel.purge(queue)).toBe(delayed ?? 0)
    expect((await scene.stat(channel, queue)).delayed ?? 0).toBe(0)
  })
}
