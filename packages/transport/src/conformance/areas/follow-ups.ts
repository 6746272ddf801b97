import { UnroutableError } from '../../errors.js'
import { expect } from '../jest.js'
import { textMessage, toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

export function followUps(scenario: Scenario): void {
  scenario('an ack and what follows from it leave together', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const [queue, next] = [await scene.queue(channel), await scene.queue(channel)]
    await scene.send(channel, queue, ['retry me'])
    const { collector } = await scene.consume(channel, [queue])
    const [delivery] = await collector.received(1)
    const publish = [toQueue(next, 'second try'), toQueue(next, 'and more')]
    expect(await channel.settle([{ tag: delivery?.tag ?? -1, kind: 'ack', publish }])).toEqual([undefined])
    await channel.close()
    await scene.ready(watcher, next, 2)
    expect((await scene.stat(watcher, queue)).ready).toBe(0)
    const consumer = await scene.drain(watcher, [next])
    await consumer.collector.received(2)
    expect(consumer.collector.texts).toEqual(['second try', 'and more'])
  })

  scenario('a follow-up may go back to the same queue with the same id', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const id = `id-${queue}`
    await scene.publish(channel, [{ ...toQueue(queue, 'first'), id }])
    const { collector } = await scene.consume(channel, [queue])
    const [delivery] = await collector.received(1)
    await channel.settle([{ tag: delivery?.tag ?? -1, kind: 'ack', publish: [{ ...toQueue(queue, 'again'), id }] }])
    await collector.received(2)
    expect(collector.texts).toEqual(['first', 'again'])
  })

  scenario('a follow-up that nobody wants leaves the message unsettled, and its neighbours settled', async scene => {
    const [channel, watcher] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(channel)
    const exchange = await scene.exchange(channel, 'direct')
    await scene.send(channel, queue, ['kept', 'done'])
    const { collector } = await scene.consume(channel, [queue])
    const [kept, done] = await collector.received(2)
    const astray = { exchange, routingKey: 'nowhere', message: textMessage('astray') }
    const outcomes = await channel.settle([
      { tag: kept?.tag ?? -1, kind: 'ack', publish: [astray] },
      { tag: done?.tag ?? -1, kind: 'ack' }
    ])
    expect(outcomes).toEqual([expect.any(UnroutableError), undefined])
    await channel.close()
    const next = await scene.drain(watcher, [queue])
    await next.collector.received(1)
    await scene.calm(watcher)
    expect(next.collector.texts).toEqual(['kept'])
  })

  scenario('what follows from a tag that is settled already does not leave', async scene => {
    const channel = await scene.channel()
    const [queue, next] = [await scene.queue(channel), await scene.queue(channel)]
    await scene.send(channel, queue, ['once'])
    const { collector } = await scene.consume(channel, [queue])
    await scene.ack(channel, await collector.received(1))
    const tag = collector.deliveries[0]?.tag ?? -1
    expect(await channel.settle([{ tag, kind: 'ack', publish: [toQueue(next, 'ghost')] }])).toEqual([undefined])
    expect((await scene.stat(channel, next)).ready).toBe(0)
  })
}
