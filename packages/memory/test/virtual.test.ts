import { describe, expect, it } from '@jest/globals'
import { UnroutableError } from '@umbel/transport'
import { decodeEnvelope, encodeEnvelope } from '@umbel/transport/virtual'
import { turns } from './manual-clock.js'
import { out, recorder, rig, text } from './rig.js'

describe('the virtual layer', () => {
  it('[TR-32][Q-04] emulates direct, topic (* and #), fanout and headers exchanges', async () => {
    const { channel, connection } = await rig()
    const types = ['direct', 'topic', 'fanout', 'headers'] as const
    await channel.declare({
      exchanges: types.map(type => ({ name: type, type })),
      queues: ['d', 't1', 't2', 'f1', 'f2', 'h'].map(name => ({ name })),
      bindings: [
        { exchange: 'direct', queue: 'd', routingKey: 'key' },
        { exchange: 'topic', queue: 't1', routingKey: 'a.*' },
        { exchange: 'topic', queue: 't2', routingKey: 'a.#' },
        { exchange: 'fanout', queue: 'f1' },
        { exchange: 'fanout', queue: 'f2', routingKey: 'ignored' },
        { exchange: 'headers', queue: 'h', arguments: { 'x-match': 'all', kind: 'log', level: 3 } }
      ]
    })
    const send = async (exchange: string, routingKey: string, headers = {}): Promise<string> => {
      const [error] = await channel.publish([
        { exchange, routingKey, message: { ...out('', exchange).message, headers } }
      ])
      return error === undefined ? 'sent' : error.name
    }
    expect(await send('direct', 'key')).toBe('sent')
    expect(await send('direct', 'key.more')).toBe('UnroutableError')
    expect(await send('topic', 'a')).toBe('sent')
    expect(await send('topic', 'a.b')).toBe('sent')
    expect(await send('topic', 'b')).toBe('UnroutableError')
    expect(await send('fanout', 'whatever')).toBe('sent')
    expect(await send('headers', '', { kind: 'log', level: 3, more: 1 })).toBe('sent')
    expect(await send('headers', '', { kind: 'log' })).toBe('UnroutableError')
    expect(await send('undeclared', 'key')).toBe('UnroutableError')
    const stats = await channel.stat(['d', 't1', 't2', 'f1', 'f2', 'h'])
    expect(stats.map(({ ready }) => ready)).toEqual([1, 1, 2, 1, 1, 1])
    await connection.close()
  })

  it('[Q-05] one queue may be bound several times with different exchanges and keys, and gets each message once', async () => {
    const { channel, connection } = await rig()
    await channel.declare({
      exchanges: [{ name: 'images' }, { name: 'media', type: 'topic' }],
      queues: [{ name: 'work' }],
      bindings: [
        { exchange: 'images', queue: 'work', routingKey: 'one' },
        { exchange: 'images', queue: 'work', routingKey: 'two' },
        { exchange: 'media', queue: 'work', routingKey: 'media.*' },
        { exchange: 'media', queue: 'work', routingKey: '#' }
      ]
    })
    const { message } = out('', 'x')
    const sent = [
      { exchange: 'images', routingKey: 'one', message },
      { exchange: 'images', routingKey: 'two', message },
      { exchange: 'images', routingKey: 'three', message },
      { exchange: 'media', routingKey: 'media.film', message }
    ]
    expect(await channel.publish(sent)).toEqual([undefined, undefined, expect.any(UnroutableError), undefined])
    expect(await channel.stat(['work'])).toMatchObject([{ ready: 3 }])
    await connection.close()
  })

  it('[TR-32] limits by prefetch, keeps the unacked, and restores them at close', async () => {
    const { broker, channel, connection } = await rig()
    await channel.publish(['a', 'b', 'c'].map(name => out('q', name)))
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 2 })
    await turns(5)
    expect(sink.texts).toEqual(['a', 'b'])
    expect(broker.stat('q')).toMatchObject({ ready: 1, unacked: 2 })
    await channel.settle([{ tag: sink.all[0]?.tag ?? -1, kind: 'ack' }])
    await turns(5)
    expect(sink.texts).toEqual(['a', 'b', 'c'])
    await connection.close()
    expect(broker.stat('q')).toMatchObject({ ready: 2, unacked: 0 })
    const next = await rig({ broker })
    const again = recorder()
    await next.channel.consume(['q'], again, { prefetch: 0 })
    await turns(5)
    expect(again.all.map(delivery => [text(delivery), delivery.redelivered])).toEqual([
      ['b', true],
      ['c', true]
    ])
    await next.connection.close()
  })

  it('[TR-32] sends what nobody wants to the dead-letter queue where one is given', async () => {
    const { broker, channel, connection } = await rig({ virtual: { deadLetterQueue: 'dead' } })
    await channel.declare({ exchanges: [{ name: 'jobs' }], queues: [{ name: 'q' }] })
    const astray = { exchange: 'jobs', routingKey: 'nowhere', message: out('', 'astray').message }
    expect(await channel.publish([astray, { ...astray, exchange: 'undeclared' }])).toEqual([undefined, undefined])
    const sink = recorder()
    await channel.consume(['dead'], sink, { prefetch: 0 })
    await turns(5)
    expect(sink.all).toMatchObject([
      { queue: 'dead', exchange: 'jobs', routingKey: 'nowhere' },
      { queue: 'dead', exchange: 'undeclared' }
    ])
    await connection.close()
    const plain = await rig({ broker })
    expect(await plain.channel.publish([astray])).toEqual([expect.any(UnroutableError)])
    await plain.connection.close()
  })

  it('[TR-32] stores bodies as base64 in kombu’s envelope', () => {
    const { message } = out('q', 'grüße')
    const envelope = encodeEnvelope({ id: 'tag', exchange: '', routingKey: 'q', message })
    expect(JSON.parse(envelope)).toMatchObject({
      body: Buffer.from('grüße').toString('base64'),
      properties: { body_encoding: 'base64', delivery_tag: 'tag', delivery_info: { exchange: '', routing_key: 'q' } }
    })
    expect(new TextDecoder().decode(decodeEnvelope(envelope).message.body)).toBe('grüße')
  })

  it('[TR-32] orders by priorities 0 to 9, beyond them by the nearest, and keeps the number as given', async () => {
    const { channel, connection } = await rig()
    const sent = [0, 9, 5, 12, -1, 4, 9, 5]
    await channel.publish(sent.map((priority, index) => out('q', `${priority}/${index}`, priority)))
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 0 })
    await turns(3)
    expect(sink.texts).toEqual(['9/1', '12/3', '9/6', '5/2', '5/7', '4/5', '0/0', '-1/4'])
    expect(sink.all.map(({ message }) => message.properties.priority)).toEqual([9, 12, 9, 5, 5, 4, 0, -1])
    await connection.close()
  })

  it.each([
    ['round_robin', ['b0', 'a0', 'b1', 'a1', 'a2']],
    ['priority', ['b0', 'b1', 'a0', 'a1', 'a2']],
    ['sorted', ['a0', 'a1', 'a2', 'b0', 'b1']]
  ] as const)('[TR-32] cycles through queues: %s', async (queueOrder, expected) => {
    const { channel, connection } = await rig({ virtual: { queueOrder } })
    await channel.publish([out('a', 'a0'), out('a', 'a1'), out('a', 'a2'), out('b', 'b0'), out('b', 'b1')])
    const sink = recorder(batch => void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' }))))
    await channel.consume(['b', 'a'], sink, { prefetch: 1 })
    await turns(40)
    expect(sink.texts).toEqual(expected)
    await connection.close()
  })
})
