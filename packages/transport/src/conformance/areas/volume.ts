import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'
import { until } from '../until.js'

const COUNT = 10_000
const BATCH = 500

export function volume(scenario: Scenario): void {
  scenario('10,000 messages through two competing consumers: none lost, none doubled', async scene => {
    const [sender, one, two] = [await scene.channel(), await scene.channel(), await scene.channel()]
    const queue = await scene.queue(sender)
    const consumers = [await scene.drain(one, [queue], 100), await scene.drain(two, [queue], 100)]
    for (let first = 0; first < COUNT; first += BATCH) await scene.send(sender, queue, numbers(BATCH, first))
    const seen = (): readonly string[] => consumers.flatMap(({ collector }) => collector.texts)
    const count = (): number => consumers.reduce((sum, { collector }) => sum + collector.deliveries.length, 0)
    await until(`${COUNT} deliveries`, () => count() >= COUNT, 60)
    await until('an empty queue', async () => (await scene.stat(sender, queue)).ready === 0)
    expect([...seen()].map(Number).sort((a, b) => a - b)).toEqual(numbers(COUNT).map(Number))
    expect(new Set(seen()).size).toBe(COUNT)
  })

  scenario('consumers that each hold one message share the work', async scene => {
    const [sender, one, two] = [await scene.channel(), await scene.channel(), await scene.channel()]
    const queue = await scene.queue(sender)
    const first = await scene.consume(one, [queue], { prefetch: 1 })
    const second = await scene.consume(two, [queue], { prefetch: 1 })
    await scene.send(sender, queue, numbers(2))
    await first.collector.received(1)
    await second.collector.received(1)
    expect([...first.collector.texts, ...second.collector.texts].sort()).toEqual(numbers(2))
  })
}
