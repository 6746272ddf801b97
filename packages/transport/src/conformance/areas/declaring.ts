import { TopologyError } from '../../errors.js'
import type { ExchangeType } from '../../topology.js'
import { expect } from '../jest.js'
import { textMessage } from '../messages.js'
import type { Scenario } from '../scene.js'

export function declaring(scenario: Scenario): void {
  scenario('declaring again changes nothing', async scene => {
    const channel = await scene.channel()
    const name = scene.name()
    const topology = {
      exchanges: [{ name, type: 'direct' }],
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
    const name = scene.name()
    const channel = await connection.openChannel()
    await channel.declare({ exchanges: [{ name, type: 'topic' }] })
    await expect(channel.declare({ exchanges: [{ name, type: 'fanout' }] })).rejects.toBeInstanceOf(TopologyError)
    const other = await connection.openChannel()
    await other.declare({ exchanges: [{ name, type: 'topic' }] })
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

  scenario('the anonymous exchange reaches a queue that nobody declared', async scene => {
    const channel = await scene.channel()
    const queue = scene.name()
    await scene.send(channel, queue, ['first use'])
    await channel.declare({ queues: [{ name: queue }] })
    const { collector } = await scene.drain(channel, [queue])
    await collector.received(1)
    expect(collector.deliveries[0]).toMatchObject({ queue, exchange: '', routingKey: queue, redelivered: false })
  })
}
