import { randomBytes } from 'node:crypto'
import type { Message } from '@umbel/protocol'
import { expect } from '../jest.js'
import { textMessage } from '../messages.js'
import type { Scenario, Scene } from '../scene.js'

export function contents(scenario: Scenario): void {
  scenario('bodies of every byte, of none, and of a megabyte', async scene => {
    const bodies = [Uint8Array.from({ length: 256 }, (_, byte) => byte), new Uint8Array(0), randomBytes(1 << 20)]
    const messages = bodies.map(body => ({ ...textMessage(''), body }))
    const received = await roundTrip(scene, messages)
    expect(received.map(({ body }) => Buffer.from(body).equals(Buffer.from(bodies.shift() ?? [])))).toEqual([
      true,
      true,
      true
    ])
  })

  scenario('headers of every JSON kind', async scene => {
    const headers = {
      text: 'grüße 🌱',
      empty: '',
      yes: true,
      no: false,
      zero: 0,
      negative: -7,
      byte: 200,
      fraction: 0.25,
      large: 1_700_000_000_000,
      nothing: null,
      list: [1, 'two', null, [3, { four: 4 }]],
      none: [],
      nested: { deeper: { deepest: [true] }, 'a key': '' }
    }
    const [received] = await roundTrip(scene, [textMessage('headers', { headers })])
    expect(received?.headers).toEqual({ lang: 'js', ...headers })
  })

  scenario('properties as they were given', async scene => {
    const properties = {
      contentType: 'application/x-thing',
      contentEncoding: 'binary',
      correlationId: 'c-1',
      replyTo: 'reply.queue',
      deliveryMode: 2,
      priority: 4
    } as const
    const [received] = await roundTrip(scene, [{ headers: {}, properties, body: new Uint8Array([1]) }])
    expect(received?.properties).toMatchObject(properties)
  })
}

async function roundTrip(scene: Scene, messages: readonly Message[]): Promise<readonly Message[]> {
  const [sender, receiver] = [await scene.channel(), await scene.channel()]
  const queue = await scene.queue(sender)
  await scene.publish(
    sender,
    messages.map(message => ({ exchange: '', routingKey: queue, message }))
  )
  const { collector } = await scene.drain(receiver, [queue])
  return (await collector.received(messages.length)).map(({ message }) => message)
}
