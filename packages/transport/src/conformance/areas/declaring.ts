import { TopologyError, UnroutableError } from '../../errors.js'
import type { ExchangeType } from '../../topology.js'
import { expect } from '../jest.js'
import { textMessage, toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'

export function declaring(scenario: Scenario): void {
  scenario('declaring again changes nothing', async scene => {
    const channel = await scene.channel()
    const name = scene.name()
    const topology = {
      exchanges: [{ name, type: 'direct', autoDelete: true }],
      queues: [{ name }],
      bindings: [{ exchange: name, queue: name, routingKey: 'key' }]
    } as const
    await channel.declare(topology)
    await scene.publish(channel, [{ exchange: name, routingKey: 'key', message: textMessage('kept') }])
    await channel.declare(topology)
    await scene.ready(channel, name, 1)
    const { collector } = await scene.drain(channel, [name])
    await collector.received(1)
    expect(collector.texts).toEqual(['kept'])
  })

  scenario('an exchange of another type than the existing one is a TopologyError', async scene => {
    const connection = await scene.connect()
    const channel = await connection.openChannel()
    const name = await scene.exchange(channel, 'topic')
    const different = { name, type: 'fanout', autoDelete: true } as const
    await expect(channel.declare({ exchanges: [different] })).rejects.toBeInstanceOf(TopologyError)
    const other = await connection.openChannel()
    await other.declare({ exchanges: [{ ...different, type: 'topic' }] })
  })

  scenario('an unknown exchange type is a TopologyError', async scene => {
    const channel = await scene.channel()
    const exchange = { name: scene.name(), type: 'circular' as ExchangeType }
    await expect(channel.declare({ exchanges: [exchange] })).rejects.toBeInstanceOf(TopologyError)
  })

  scenario('an empty topology is fine', async scene => {
    const channel = await scene.channel()
    await channel.declare({})
    await channel.declare({ exchanges: [], queues: [], bindings: [] })
  })

  scenario('the anonymous exchange reaches a queue that nobody declared, or says that it cannot', async scene => {
    const { implicitQueues = true } = scene.transport.capabilities
    const channel = await scene.channel()
    const queue = scene.name()
    const outcomes = await channel.publish([toQueue(queue, 'first use')])
    expect(outcomes).toEqual([implicitQueues ? undefined : expect.any(UnroutableError)])
    await channel.declare({ queues: [{ name: queue }] })
    if (!implicitQueues) await scene.send(channel, queue, ['second use'])
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(1)
    expect(collector.deliveries[0]).toMatchObject({ queue, exchange: '', routingKey: queue, redelivered: false })
  })
}
