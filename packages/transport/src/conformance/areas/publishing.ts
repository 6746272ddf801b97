import { PublishTimeoutError, UnroutableError } from '../../errors.js'
import { expect } from '../jest.js'
import { isMarked, textMessage, toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

export function publishing(scenario: Scenario): void {
  scenario('an empty batch answers nothing', async scene => {
    const channel = await scene.channel()
    expect(await channel.publish([])).toEqual([])
  })

  scenario('a message without a queue is its own error and no neighbour’s', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const exchange = await scene.exchange(channel, 'direct')
    const astray = { exchange, routingKey: 'nowhere', message: textMessage('astray') }
    const outcomes = await channel.publish([toQueue(queue, 'before'), astray, toQueue(queue, 'after')])
    expect(outcomes).toEqual([undefined, expect.any(UnroutableError), undefined])
    expect(outcomes[1]?.message).toContain(exchange)
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(2)
    expect(collector.texts).toEqual(['before', 'after'])
  })

  scenario('repeating a sending of which nobody knows the outcome makes no unmarked double', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const outgoing = { ...toQueue(queue, 'once'), id: `id-${queue}` }
    await scene.publish(channel, [outgoing])
    await scene.publish(channel, [{ ...outgoing, repeated: true }, toQueue(queue, 'end')])
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(2)
    while (!collector.texts.includes('end')) await collector.received(collector.deliveries.length + 1)
    const copies = collector.deliveries.slice(0, collector.texts.indexOf('end'))
    expect(copies.filter(copy => !isMarked(copy))).toHaveLength(1)
  })

  scenario('a repeat makes no unmarked double while the first is being worked on', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const outgoing = { ...toQueue(queue, 'once'), id: `id-${queue}` }
    await scene.publish(channel, [outgoing])
    const { collector } = await scene.consume(channel, [queue])
    await collector.received(1)
    await scene.publish(channel, [{ ...outgoing, repeated: true }, toQueue(queue, 'end')])
    while (!collector.texts.includes('end')) await collector.received(collector.deliveries.length + 1)
    expect(collector.deliveries.filter(delivery => !isMarked(delivery))).toHaveLength(2)
  })

  scenario('a repeat whose first is done and gone is marked', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const outgoing = { ...toQueue(queue, 'once'), id: `id-${queue}` }
    await scene.publish(channel, [outgoing])
    const { collector } = await scene.consume(channel, [queue])
    await collector.received(1)
    await scene.ack(channel, collector.deliveries)
    await scene.publish(channel, [{ ...outgoing, repeated: true }])
    await collector.received(2)
    expect(collector.deliveries.map(isMarked)).toEqual([false, true])
  })

  scenario('a signal that has aborted is a PublishTimeoutError per message', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const batch = [toQueue(queue, 'a'), toQueue(queue, 'b')]
    const outcomes = await channel.publish(batch, { signal: AbortSignal.abort() })
    expect(outcomes).toEqual([expect.any(PublishTimeoutError), expect.any(PublishTimeoutError)])
    await scene.send(channel, queue, ['c'])
    await scene.ready(channel, queue, 1)
  })

  scenario('what is changed after publishing is not changed in the queue', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const nested = { list: [1, 2] }
    const outgoing = toQueue(queue, 'original', { headers: { nested } })
    await scene.publish(channel, [outgoing])
    outgoing.message.body.fill(0)
    nested.list.push(3)
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(1)
    expect(collector.texts).toEqual(['original'])
    expect(collector.deliveries[0]?.message.headers['nested']).toEqual({ list: [1, 2] })
  })
}
