import type { Channel } from '../../contract.js'
import { ClosedError } from '../../errors.js'
import { Collector } from '../collector.js'
import { expect } from '../jest.js'
import { numbers, toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

const VERBS = {
  declare: channel => channel.declare({}),
  publish: channel => channel.publish([toQueue('umbel.conformance.nothing', 'late')]),
  consume: channel => channel.consume(['umbel.conformance.nothing'], new Collector(), { prefetch: 1 }),
  settle: channel => channel.settle([{ tag: 1, kind: 'ack' }]),
  stat: channel => channel.stat(['umbel.conformance.nothing']),
  purge: channel => channel.purge('umbel.conformance.nothing'),
  delete: channel => channel.delete('umbel.conformance.nothing')
} as const satisfies Record<string, (channel: Channel) => Promise<unknown>>

export function lifecycle(scenario: Scenario): void {
  scenario('closing a connection twice is closing it once, and it was no failure', async scene => {
    const connection = await scene.connect()
    await Promise.all([connection.close(), connection.close()])
    await connection.close()
    expect(await connection.closed).toBeUndefined()
    await expect(connection.openChannel()).rejects.toBeInstanceOf(ClosedError)
  })

  scenario('every verb of a closed channel is a ClosedError', async scene => {
    const connection = await scene.connect()
    const channel = await connection.openChannel()
    await channel.close()
    await channel.close()
    for (const call of Object.values(VERBS)) await expect(call(channel)).rejects.toBeInstanceOf(ClosedError)
  })

  scenario('every verb of a channel whose connection is closed is a ClosedError', async scene => {
    const connection = await scene.connect()
    const channel = await connection.openChannel()
    await connection.close()
    for (const call of Object.values(VERBS)) await expect(call(channel)).rejects.toBeInstanceOf(ClosedError)
    await channel.close()
  })

  scenario('a closed channel leaves its connection and its neighbours alone', async scene => {
    const connection = await scene.connect()
    const [one, two] = [await connection.openChannel(), await connection.openChannel()]
    const queue = await scene.queue(one)
    await one.close()
    await scene.send(two, queue, ['still here'])
    const { collector } = await scene.drain(two, [queue])
    await collector.received(1)
  })

  scenario('after close nothing is called, although messages come', async scene => {
    const [connection, other] = [await scene.connect(), await scene.channel()]
    const channel = await connection.openChannel()
    const queue = await scene.queue(other)
    const { collector } = await scene.consume(channel, [queue])
    const sending = scene.send(other, queue, numbers(100))
    await connection.close()
    collector.end()
    await sending
    await scene.send(other, queue, ['late'])
    await scene.ready(other, queue, 101)
  })

  scenario('a subscription may be steered after it is cancelled', async scene => {
    const channel = await scene.channel()
    const queue = await scene.queue(channel)
    const { subscription } = await scene.consume(channel, [queue])
    await subscription.cancel()
    subscription.setPrefetch(5)
    subscription.pause()
    subscription.resume()
    await expect(subscription.setQueues([queue])).rejects.toBeInstanceOf(ClosedError)
    await scene.send(channel, queue, ['stays'])
    await scene.ready(channel, queue, 1)
  })
}
