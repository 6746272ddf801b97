import { expect } from '../jest.js'
import type { Scenario } from '../scene.js'

export function connecting(scenario: Scenario): void {
  scenario('serves the scheme of its URL', async ({ transport, url }) => {
    expect(transport.schemes).toContain(url.slice(0, url.indexOf(':')))
    expect(transport.name).not.toBe('')
  })

  scenario('says where it is connected', async scene => {
    const connection = await scene.connect()
    expect(connection.url).toContain(':')
  })

  scenario('opens several channels, each with tags of its own', async scene => {
    const connection = await scene.connect()
    const [one, two] = [await connection.openChannel(), await connection.openChannel()]
    const [left, right] = [await scene.queue(one), await scene.queue(one)]
    await scene.send(one, left, ['left'])
    await scene.send(one, right, ['right'])
    const first = await scene.consume(one, [left])
    const second = await scene.consume(two, [right])
    await first.collector.received(1)
    await second.collector.received(1)
    await scene.ack(one, first.collector.deliveries)
    await one.close()
    await scene.ack(two, second.collector.deliveries)
    expect(await scene.stat(two, left)).toMatchObject({ ready: 0 })
    expect(await scene.stat(two, right)).toMatchObject({ ready: 0 })
  })

  scenario('two connections meet at one broker', async scene => {
    const [sender, receiver] = [await scene.channel(), await scene.channel()]
    const queue = await scene.queue(sender)
    const { collector } = await scene.drain(receiver, [queue])
    await scene.send(sender, queue, ['across'])
    await collector.received(1)
    expect(collector.texts).toEqual(['across'])
  })
}
