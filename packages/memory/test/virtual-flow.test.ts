import { describe, expect, it } from '@jest/globals'
import { createDeferred } from '@umbel/runtime'
import { DEFAULT_LEASE, type StoreSettlement } from '@umbel/transport/virtual'
import { MemoryBroker } from '../src/store-broker.js'
import { ManualClock, turns } from './manual-clock.js'
import { out, recorder, rig, text } from './rig.js'

describe('a virtual channel’s flow', () => {
  it('asks for no more than its credit, not at all while full, and not again while nothing rings', async () => {
    const limits: number[] = []
    const { channel, connection } = await rig({
      faults: store => ({
        take: (queues, limit) => {
          limits.push(limit)
          return store.take(queues, limit)
        }
      })
    })
    await channel.publish(['0', '1', '2', '3', '4'].map(name => out('q', name)))
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 3 })
    await turns(5)
    expect(limits).toEqual([3])
    await channel.settle(sink.all.slice(0, 2).map(({ tag }) => ({ tag, kind: 'ack' })))
    await turns(5)
    expect(limits).toEqual([3, 2])
    await channel.settle(sink.all.slice(2).map(({ tag }) => ({ tag, kind: 'ack' })))
    await turns(20)
    expect(limits).toEqual([3, 2, 3])
    await channel.publish([out('q', '5')])
    await turns(5)
    expect(limits).toEqual([3, 2, 3, 3])
    expect(sink.texts).toEqual(['0', '1', '2', '3', '4', '5'])
    await connection.close()
  })

  it('remembers that it was full: a bell that rang only once is enough', async () => {
    const rings: (() => void)[] = []
    const { channel, connection } = await rig({
      faults: () => ({
        listen: (_queues, ring) => {
          rings.push(ring)
          return { close: () => {} }
        }
      })
    })
    const sink = recorder(batch => void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' }))))
    await channel.consume(['q'], sink, { prefetch: 2 })
    await turns(3)
    await channel.publish(Array.from({ length: 9 }, (_, index) => out('q', String(index))))
    rings[0]?.()
    await turns(40)
    expect(sink.texts).toHaveLength(9)
    await connection.close()
  })

  it('a bell that rings during a take is not lost', async () => {
    const gate = createDeferred<void>()
    let takes = 0
    const { channel, connection } = await rig({
      faults: store => ({
        take: async (queues, limit) => {
          const taken = await store.take(queues, limit)
          if (takes++ === 0) await gate.promise
          return taken
        }
      })
    })
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 5 })
    await turns(2)
    await channel.publish([out('q', 'just missed')])
    gate.resolve()
    await turns(5)
    expect(sink.texts).toEqual(['just missed'])
    await connection.close()
  })

  it.each(['pause', 'cancel'] as const)('what a take brings after %s goes back as it was', async verb => {
    const gate = createDeferred<void>()
    const { broker, channel, connection } = await rig({
      faults: store => ({
        take: async (queues, limit) => {
          const taken = await store.take(queues, limit)
          await gate.promise
          return taken
        }
      })
    })
    await channel.publish([out('q', 'a'), out('q', 'b')])
    const sink = recorder()
    const subscription = await channel.consume(['q'], sink, { prefetch: 5 })
    await turns(2)
    const done = subscription[verb]()
    gate.resolve()
    await done
    await turns(3)
    expect(sink.batches).toEqual([])
    expect(broker.stat('q')).toMatchObject({ ready: 2, unacked: 0 })
    const next = recorder()
    await channel.consume(['q'], next, { prefetch: 5 })
    await turns(3)
    expect(next.texts).toEqual(['a', 'b'])
    expect(next.all.some(({ redelivered }) => redelivered)).toBe(false)
    await connection.close()
  })

  it('settle calls of one turn are one call of the store', async () => {
    const calls: (readonly StoreSettlement[])[] = []
    const { channel, connection } = await rig({
      faults: store => ({
        settle: batch => {
          calls.push(batch)
          return store.settle(batch)
        }
      })
    })
    await channel.publish(Array.from({ length: 10 }, (_, index) => out('q', String(index))))
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 0 })
    await turns(3)
    expect(sink.batches).toHaveLength(1)
    const outcomes = await Promise.all(sink.all.map(({ tag }) => channel.settle([{ tag, kind: 'ack' }])))
    expect(outcomes).toEqual(sink.all.map(() => [undefined]))
    expect(calls.map(batch => batch.length)).toEqual([10])
    await connection.close()
  })

  it('renews every third of the lease with timers that keep no process alive, and leaves none behind', async () => {
    const clock = new ManualClock()
    const renewed: (readonly string[])[] = []
    const { channel, connection } = await rig({
      clock,
      lease: 9,
      virtual: { random: () => 0.5 },
      faults: store => ({
        renew: ids => {
          renewed.push(ids)
          return store.renew(ids)
        }
      })
    })
    await channel.publish([{ ...out('q', 'a'), id: 'one' }])
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 1 })
    await turns(3)
    expect(clock.timers).toEqual([
      { in: 3000, keepAlive: false },
      { in: 2250, keepAlive: false }
    ])
    await clock.advance(9)
    expect(renewed).toEqual([['one'], ['one'], ['one']])
    await channel.settle([{ tag: sink.all[0]?.tag ?? -1, kind: 'ack' }])
    await clock.advance(9)
    expect(renewed).toHaveLength(3)
    await connection.close()
    expect(clock.timers).toEqual([])
  })

  it('hands on what a killed consumer held within 10 s by default, whatever the jitter', async () => {
    const clock = new ManualClock()
    const options = { clock, broker: new MemoryBroker(), lease: DEFAULT_LEASE, virtual: { random: () => 0.999 } }
    const stopped = { now: () => clock.now(), monotonic: () => clock.now(), setTimer: () => ({ cancel: () => {} }) }
    const dead = await rig({ ...options, clock: stopped })
    const living = await rig(options)
    const [first, second] = [recorder(), recorder()]
    await dead.channel.publish([out('q', 'orphan')])
    await dead.channel.consume(['q'], first, { prefetch: 1 })
    await turns(3)
    await living.channel.consume(['q'], second, { prefetch: 1 })
    await clock.advance(5.9)
    expect([first.texts, second.texts]).toEqual([['orphan'], []])
    await clock.advance(1.375 * DEFAULT_LEASE - 5.9)
    expect(second.all).toMatchObject([{ redelivered: true }])
    await living.connection.close()
  })

  it('looks for lapsed leases at jittered times', async () => {
    const clock = new ManualClock()
    const draws = [0, 0.999, 0.5]
    const waits: number[] = []
    const { channel, connection } = await rig({ clock, lease: 8, virtual: { random: () => draws.shift() ?? 0.5 } })
    await channel.consume(['q'], recorder(), { prefetch: 1 })
    for (const _ of [1, 2, 3]) {
      await turns(3)
      const wait = clock.timers.map(timer => timer.in).sort((a, b) => a - b)[0] ?? 0
      waits.push(Math.round(clock.timers.at(-1)?.in ?? 0))
      await clock.advance(wait / 1000)
    }
    expect(waits[0]).toBe(1000)
    expect(new Set(waits).size).toBeGreaterThan(1)
    await connection.close()
  })

  it('tells what is lost: by renewing, and by settling too late', async () => {
    const clock = new ManualClock()
    const { broker, channel, connection } = await rig({ clock, lease: 9 })
    await channel.publish([out('q', 'a'), out('q', 'b')])
    const sink = recorder()
    const subscription = await channel.consume(['q'], sink, { prefetch: 2 })
    await turns(3)
    subscription.pause()
    const [first, second] = sink.all
    broker.restore(broker.heldBy(ownerOf(broker)))
    expect(await channel.settle([{ tag: first?.tag ?? -1, kind: 'ack' }])).toEqual([undefined])
    expect(sink.gone).toEqual([first?.tag])
    await clock.advance(3)
    expect(sink.gone).toEqual([first?.tag, second?.tag])
    expect(broker.stat('q')).toMatchObject({ ready: 2, unacked: 0 })
    subscription.resume()
    await turns(3)
    expect(sink.all.slice(2).map(text)).toEqual(['a', 'b'])
    await connection.close()
  })
})

function ownerOf(broker: { lapsed(now?: number): readonly { lease: { owner: object } | undefined }[] }): object {
  return broker.lapsed(Number.POSITIVE_INFINITY)[0]?.lease?.owner ?? {}
}
