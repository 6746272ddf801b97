import { systemClock, type Clock } from '@umbel/runtime'
import { expect } from '../jest.js'
import { numbers } from '../messages.js'
import type { Scenario } from '../scene.js'
import { until } from '../until.js'

const LEASE = 0.3

export function redelivery(scenario: Scenario): void {
  const leased = scenario.needing('leases')

  scenario('a closed connection gives back at once what it held', async scene => {
    const [connection, other] = [await scene.connect(), await scene.channel()]
    const channel = await connection.openChannel()
    const queue = await scene.queue(other)
    await scene.send(other, queue, numbers(3))
    const held = await scene.consume(channel, [queue])
    await held.collector.received(3)
    const { collector } = await scene.drain(other, [queue])
    await connection.close()
    await collector.received(3)
    expect(collector.texts).toEqual(numbers(3))
    expect(collector.deliveries.every(({ redelivered }) => redelivered)).toBe(true)
  })

  leased('a consumer that stops renewing loses its messages to another', async scene => {
    const living = await scene.channel({ lease: LEASE })
    const stalled = await scene.channel({ lease: LEASE, clock: clockWithoutTimers() })
    const queue = await scene.queue(living)
    await scene.send(living, queue, ['orphan'])
    const before = await scene.consume(stalled, [queue], { prefetch: 1 })
    const [first] = await before.collector.received(1)
    const after = await scene.consume(living, [queue])
    const [second] = await after.collector.received(1)
    expect(second?.redelivered).toBe(true)
    expect(await stalled.settle([{ tag: first?.tag ?? -1, kind: 'ack' }])).toEqual([undefined])
    await until('the loss is told', () => before.collector.lostTags.length > 0)
    expect(before.collector.lostTags).toEqual([first?.tag])
    expect((await scene.stat(living, queue)).unacked ?? 1).toBe(1)
    await scene.ack(living, after.collector.deliveries)
    expect((await scene.stat(living, queue)).unacked ?? 0).toBe(0)
  })

  leased('a consumer that renews keeps its message for many leases', async scene => {
    const [holder, other] = [await scene.channel({ lease: LEASE }), await scene.channel({ lease: LEASE })]
    const queue = await scene.queue(holder)
    await scene.send(holder, queue, ['long work'])
    const held = await scene.consume(holder, [queue])
    await held.collector.received(1)
    const { collector } = await scene.consume(other, [queue])
    const end = Date.now() + 4 * LEASE * 1000
    await until('four leases', () => Date.now() >= end || collector.deliveries.length > 0)
    expect(collector.deliveries).toEqual([])
    expect(held.collector.lostTags).toEqual([])
    await scene.ack(holder, held.collector.deliveries)
  })
}

/** As of a process whose loop stands still: time goes on, nothing is ever called. */
function clockWithoutTimers(): Clock {
  return { ...systemClock, setTimer: () => ({ cancel: () => {} }) }
}
