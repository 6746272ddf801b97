import { expect } from '../jest.js'
import { toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

export function priorities(scenario: Scenario): void {
  scenario('[TR-03] priorities order a queue as the capabilities say, first in first out within each', async scene => {
    const { capabilities } = scene.transport
    const channel = await scene.channel()
    const queue = await scene.queue(channel, { arguments: { 'x-max-priority': 9 } })
    const sent = [3, 0, 9, 6, 0, 9, 3, 6]
    await scene.publish(
      channel,
      sent.map((priority, index) => toQueue(queue, `${priority}/${index}`, { priority }))
    )
    const { collector } = await scene.drain(channel, [queue], 1)
    await collector.received(sent.length)
    const inOrder = sent.map((priority, index) => ({ priority, text: `${priority}/${index}` }))
    const sign = capabilities.priorityOrder === 'lower-first' ? 1 : -1
    if (capabilities.priorities) inOrder.sort((a, b) => sign * (a.priority - b.priority))
    expect(collector.texts).toEqual(inOrder.map(({ text }) => text))
  })

  scenario('the number a message was given is delivered as it is', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    await scene.publish(channel, [toQueue(queue, 'five', { priority: 5 }), toQueue(queue, 'none')])
    const { collector } = await scene.drain(channel, [queue])
    const deliveries = await collector.received(2)
    const five = deliveries[collector.texts.indexOf('five')]
    expect(five?.message.properties.priority).toBe(5)
  })
}
