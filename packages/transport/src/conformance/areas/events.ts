import { expect } from '../jest.js'
import { textMessage } from '../messages.js'
import type { Collector } from '../collector.js'
import type { Scenario, Scene } from '../scene.js'

/** What monitors need of a broker: an exchange for events, and queues that come and go with who listens. */
export function events(scenario: Scenario): void {
  const define = scenario.needing('fanout')
  define('[TR-03] monitors hear events by their topic, each in an exclusive queue of its own', async scene => {
    const exchange = scene.name()
    const [all, also, workers] = [
      await listen(scene, exchange, '#'),
      await listen(scene, exchange, '#'),
      await listen(scene, exchange, 'worker.#')
    ]
    const channel = await scene.channel()
    await scene.publish(
      channel,
      ['worker.heartbeat', 'task.sent'].map(routingKey => ({ exchange, routingKey, message: textMessage(routingKey) }))
    )
    await Promise.all([all.received(2), also.received(2), workers.received(1)])
    await scene.calm(channel)
    const heard = [all, also, workers].map(({ texts }) => texts)
    expect(heard).toEqual([['worker.heartbeat', 'task.sent'], ['worker.heartbeat', 'task.sent'], ['worker.heartbeat']])
  })
}

/** As Celery's event receiver declares it. (wire-protocol 4.1) */
async function listen(scene: Scene, exchange: string, routingKey: string): Promise<Collector> {
  const channel = await scene.channel()
  const queue = scene.name()
  await channel.declare({
    exchanges: [{ name: exchange, type: 'topic', autoDelete: true }],
    queues: [{ name: queue, durable: false, exclusive: true, autoDelete: true, arguments: { 'x-expires': 60_000 } }],
    bindings: [{ exchange, queue, routingKey }]
  })
  return (await scene.drain(channel, [queue])).collector
}
