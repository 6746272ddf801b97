import { execFileSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import { createMemory, memory } from '@umbel/memory'
import { type Channel, TopologyError, type Transport } from '@umbel/transport'
import { ManualClock, turns } from './manual-clock.js'
import { out, recorder } from './rig.js'

describe('memory', () => {
  it('[TR-24] is one broker per name and factory, and ends with its process', async () => {
    const transport = memory()
    const jobs = await open(transport, 'memory://jobs')
    await jobs.publish([out('q', 'here')])
    const same = await open(transport, 'memory://jobs?ignored=1')
    expect(await same.stat(['q'])).toMatchObject([{ ready: 1 }])
    expect(await (await open(transport, 'memory://')).stat(['q'])).toMatchObject([{ ready: 0 }])
    expect(await (await open(memory(), 'memory://jobs')).stat(['q'])).toMatchObject([{ ready: 0 }])
    const script = `
      import { memory } from ${JSON.stringify(import.meta.resolve('@umbel/memory'))}
      const channel = await (await memory().connect('memory://jobs')).openChannel()
      console.log((await channel.stat(['q']))[0].ready)
      await channel.consume(['q'], { deliver() {}, lost() {} }, { prefetch: 1 })`
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(answer.trim()).toBe('0')
  })

  it('makes a broker and a result store together', async () => {
    const { transport, backend } = createMemory({ leases: true })
    expect(transport.capabilities.redelivers).toBe('on-lease-end')
    const results = await backend.connect('memory://jobs')
    expect(await results.load(['unknown'])).toEqual([undefined])
    await results.close()
  })

  it('keeps what is stored when the last connection closes', async () => {
    const transport = memory()
    const connection = await transport.connect('memory://kept')
    await (await connection.openChannel()).publish([out('q', 'kept')])
    await connection.close()
    expect(await (await open(transport, 'memory://kept')).stat(['q'])).toMatchObject([{ ready: 1 }])
  })

  it('shares no object with those who publish and consume', async () => {
    const channel = await open(memory())
    const when = new Date(0)
    const sent = { ...out('q', 'text').message, headers: { list: [{ deep: 1 }], when, bytes: new Uint8Array([1, 2]) } }
    await channel.publish([{ exchange: '', routingKey: 'q', message: sent }])
    sent.headers.list.push({ deep: 2 })
    when.setTime(99)
    sent.headers.bytes[0] = 9
    const expected = { list: [{ deep: 1 }], when: new Date(0), bytes: new Uint8Array([1, 2]) }
    const sink = recorder(batch => {
      for (const { message } of batch) (message.headers as typeof sent.headers).list.length = 0
    })
    const seen: unknown[] = []
    const subscription = await channel.consume(['q'], sink, { prefetch: 1 })
    await turns(3)
    seen.push(sink.all[0]?.message.headers)
    await subscription.cancel()
    await channel.settle([{ tag: sink.all[0]?.tag ?? -1, kind: 'reject', requeue: true }])
    expect(seen[0]).toEqual({ ...expected, list: [] })
    const next = recorder()
    await channel.consume(['q'], next, { prefetch: 1 })
    await turns(3)
    expect(next.all[0]?.message.headers).toEqual(expected)
  })

  it('delays by the clock of its connection, without a timer once all are closed', async () => {
    const clock = new ManualClock()
    const connection = await memory().connect('memory://', { clock })
    const channel = await connection.openChannel()
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 0 })
    const at = (seconds: number): number => clock.now() + seconds * 1000
    await channel.publish([
      { ...out('q', 'in 60'), notBefore: at(60) },
      { ...out('q', 'in 30'), notBefore: at(30) },
      { ...out('q', 'at once'), notBefore: at(-5) }
    ])
    await turns(3)
    expect(await channel.stat(['q'])).toMatchObject([{ delayed: 2 }])
    await clock.advance(29.9)
    expect(sink.texts).toEqual(['at once'])
    await clock.advance(0.2)
    expect(sink.texts).toEqual(['at once', 'in 30'])
    await connection.close()
    expect(clock.timers).toEqual([])
  })

  it('drops what outlived its expiration or its queue’s x-message-ttl', async () => {
    const clock = new ManualClock()
    const channel = await (await memory().connect('memory://', { clock })).openChannel()
    await channel.declare({ queues: [{ name: 'short', arguments: { 'x-message-ttl': 5000 } }] })
    const expiring = out('long', 'expiring')
    const { message } = expiring
    await channel.publish([
      { ...expiring, message: { ...message, properties: { ...message.properties, expiration: '2000' } } },
      out('long', 'staying'),
      out('short', 'by queue')
    ])
    await clock.advance(2.5)
    expect((await channel.stat(['long', 'short'])).map(({ ready }) => ready)).toEqual([1, 1])
    await clock.advance(3)
    expect((await channel.stat(['long', 'short'])).map(({ ready }) => ready)).toEqual([1, 0])
  })

  it('refuses what differs, is bound to nothing, or belongs to another connection', async () => {
    const transport = memory()
    const [channel, other] = [await open(transport), await open(transport)]
    await channel.declare({ queues: [{ name: 'own', exclusive: true }, { name: 'q' }] })
    await channel.declare({ queues: [{ name: 'q', durable: true, arguments: {} }] })
    const differing = channel.declare({ queues: [{ name: 'q', durable: false }] })
    await expect(differing).rejects.toBeInstanceOf(TopologyError)
    await expect(differing).rejects.toThrow('queue "q" exists with durable true, wanted false')
    await expect(other.declare({ queues: [{ name: 'own', exclusive: true }] })).rejects.toBeInstanceOf(TopologyError)
    await expect(channel.declare({ bindings: [{ exchange: 'none', queue: 'q' }] })).rejects.toBeInstanceOf(
      TopologyError
    )
    await expect(channel.declare({ bindings: [{ exchange: 'amq.direct', queue: 'x' }] })).rejects.toThrow(
      '"x" cannot be bound'
    )
    await channel.declare({ bindings: [{ exchange: 'amq.direct', queue: 'q', routingKey: 'k' }] })
  })

  it('drops exclusive queues with their connection and auto-delete queues with their last consumer', async () => {
    const transport = memory()
    const connection = await transport.connect('memory://')
    const channel = await connection.openChannel()
    const watcher = await open(transport)
    await channel.declare({
      exchanges: [{ name: 'all', type: 'fanout' }],
      queues: [
        { name: 'mine', exclusive: true },
        { name: 'fleeting', autoDelete: true }
      ],
      bindings: ['mine', 'fleeting'].map(queue => ({ exchange: 'all', queue }))
    })
    const subscription = await channel.consume(['fleeting'], recorder(), { prefetch: 1 })
    await subscription.setQueues(['fleeting', 'other'])
    const { message } = out('', 'x')
    const shout = { exchange: 'all', routingKey: '', message }
    await channel.publish([shout])
    expect((await watcher.stat(['mine', 'fleeting'])).map(({ ready, unacked }) => [ready, unacked])).toEqual([
      [1, 0],
      [0, 1]
    ])
    await subscription.cancel()
    await connection.close()
    const [error] = await watcher.publish([shout])
    expect(error).toMatchObject({ code: 'UNROUTABLE' })
  })

  it('refuses a header that contains itself, naming its path', async () => {
    const channel = await open(memory())
    const loop: Record<string, unknown> = {}
    loop['again'] = loop
    const [error] = await channel.publish([
      { ...out('q', ''), message: { ...out('q', '').message, headers: { loop } } }
    ])
    expect(error).toMatchObject({ code: 'PUBLISH', message: expect.stringContaining('headers.loop.again') })
  })
})

async function open(transport: Transport, url = 'memory://'): Promise<Channel> {
  return (await transport.connect(url)).openChannel()
}
