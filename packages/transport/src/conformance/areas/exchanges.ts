import type { Headers } from '@umbel/protocol'
import type { Channel } from '../../contract.js'
import { UnroutableError } from '../../errors.js'
import type { Binding, ExchangeType } from '../../topology.js'
import { expect } from '../jest.js'
import { textMessage } from '../messages.js'
import type { Scenario, Scene } from '../scene.js'

interface Case {
  readonly type: ExchangeType
  /** Queue by queue, the bindings it has. */
  readonly bindings: Readonly<Record<string, readonly Omit<Binding, 'exchange' | 'queue'>[]>>
  readonly sent: readonly { readonly key: string; readonly headers?: Headers; readonly reaches: readonly string[] }[]
}

const CASES = {
  'direct: the routing key is the binding’s': {
    type: 'direct',
    bindings: { a: [{ routingKey: 'a' }], b: [{ routingKey: 'b' }], both: [{ routingKey: 'a' }, { routingKey: 'b' }] },
    sent: [
      { key: 'a', reaches: ['a', 'both'] },
      { key: 'b', reaches: ['b', 'both'] },
      { key: 'a.b', reaches: [] }
    ]
  },
  'topic: * is one word, # any number': {
    type: 'topic',
    bindings: {
      word: [{ routingKey: 'a.*' }],
      any: [{ routingKey: 'a.#' }],
      inner: [{ routingKey: '#.z' }, { routingKey: 'a.#.z' }],
      exact: [{ routingKey: 'a.b' }]
    },
    sent: [
      { key: 'a', reaches: ['any'] },
      { key: 'a.b', reaches: ['word', 'any', 'exact'] },
      { key: 'a.b.c', reaches: ['any'] },
      { key: 'a.z', reaches: ['word', 'any', 'inner'] },
      { key: 'a.b.c.z', reaches: ['any', 'inner'] },
      { key: 'b', reaches: [] },
      { key: 'ab', reaches: [] }
    ]
  },
  'fanout: every queue, whatever the key': {
    type: 'fanout',
    bindings: { one: [{}], two: [{ routingKey: 'ignored' }] },
    sent: [
      { key: '', reaches: ['one', 'two'] },
      { key: 'x.y', reaches: ['one', 'two'] }
    ]
  },
  'headers: all or any of the arguments': {
    type: 'headers',
    bindings: {
      all: [{ arguments: { 'x-match': 'all', format: 'pdf', kind: 'log' } }],
      any: [{ arguments: { 'x-match': 'any', format: 'pdf', kind: 'log' } }]
    },
    sent: [
      { key: '', headers: { format: 'pdf', kind: 'log' }, reaches: ['all', 'any'] },
      { key: '', headers: { format: 'pdf' }, reaches: ['any'] },
      { key: '', headers: { format: 'txt', kind: 'log' }, reaches: ['any'] },
      { key: '', headers: { other: true }, reaches: [] }
    ]
  }
} as const satisfies Record<string, Case>

export function exchanges(scenario: Scenario): void {
  for (const [title, example] of Object.entries(CASES)) {
    const define = example.type === 'fanout' ? scenario.needing('fanout') : scenario
    define(`[TR-03] ${title}`, scene => follows(scene, example))
  }
}

/** Sends every message of the case, named by its place, and looks what each queue got. */
async function follows(scene: Scene, { type, bindings, sent }: Case): Promise<void> {
  const channel = await scene.channel()
  const exchange = scene.name()
  const queues = Object.keys(bindings).map(label => ({ label, name: scene.name() }))
  await channel.declare({
    exchanges: [{ name: exchange, type, autoDelete: true }],
    queues: queues.map(({ name }) => ({ name })),
    bindings: queues.flatMap(({ label, name }) =>
      (bindings[label] ?? []).map(binding => ({ exchange, queue: name, ...binding }))
    )
  })
  const collected = await Promise.all(queues.map(({ name }) => scene.drain(channel, [name])))
  await expectOutcomes(channel, exchange, sent)
  for (const [index, { label }] of queues.entries()) {
    const expected = sent.flatMap(({ reaches }, place) => (reaches.includes(label) ? [String(place)] : []))
    await collected[index]?.collector.received(expected.length)
    expect({ [label]: collected[index]?.collector.texts }).toEqual({ [label]: expected })
    expect(collected[index]?.collector.deliveries.every(delivery => delivery.exchange === exchange)).toBe(true)
  }
}

async function expectOutcomes(channel: Channel, exchange: string, sent: Case['sent']): Promise<void> {
  const batch = sent.map(({ key, headers = {} }, place) => ({
    exchange,
    routingKey: key,
    message: textMessage(String(place), { headers })
  }))
  const outcomes = await channel.publish(batch)
  expect(outcomes).toEqual(sent.map(({ reaches }) => (reaches.length > 0 ? undefined : expect.any(UnroutableError))))
}
