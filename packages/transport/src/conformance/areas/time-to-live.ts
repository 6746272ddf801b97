import { expect } from '../jest.js'
import { toQueue } from '../messages.js'
import type { Scenario } from '../scene.js'
import { until } from '../until.js'
import type { Outgoing } from '../../contract.js'

export function timeToLive(scenario: Scenario): void {
  scenario(
    '[TR-03] what is older than its expiration is dropped where the capabilities say ttl, else handed out',
    async scene => {
      const { ttl = false } = scene.transport.capabilities
      const channel = await scene.channel()
      const queue = await scene.queue(channel)
      await scene.publish(channel, [expiring(queue, 'old', 1), expiring(queue, 'young', 600_000)])
      const sent = Date.now()
      await until('the first is old', () => Date.now() > sent + 1)
      if (ttl) await scene.ready(channel, queue, 1)
      const { collector } = await scene.drain(channel, [queue])
      await collector.received(ttl ? 1 : 2)
      await scene.calm(channel)
      expect(collector.texts).toEqual(ttl ? ['young'] : ['old', 'young'])
    }
  )
}

function expiring(queue: string, text: string, milliseconds: number): Outgoing {
  const { message, ...address } = toQueue(queue, text)
  const properties = { ...message.properties, expiration: String(milliseconds) }
  return { ...address, message: { ...message, properties } }
}
