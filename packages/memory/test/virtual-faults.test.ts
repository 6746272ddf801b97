import { describe, expect, it } from '@jest/globals'
import { createDeferred } from '@umbel/runtime'
import { ClosedError, ConnectionError, PublishError, PublishTimeoutError } from '@umbel/transport'
import { ManualClock, turns } from './manual-clock.js'
import { out, recorder, rig } from './rig.js'

const never = (): Promise<never> => new Promise(() => {})
const broken = (): Promise<never> => Promise.reject(new Error('disk on fire'))

describe('a virtual channel whose store misbehaves', () => {
  it('answers PublishTimeoutError for each message when the deadline has passed', async () => {
    const clock = new ManualClock()
    const { channel } = await rig({ clock, faults: () => ({ put: never }) })
    const publishing = channel.publish([out('q', 'a'), out('q', 'b')], { deadline: 3 })
    await clock.advance(2.9)
    await clock.advance(0.2)
    const [first, second] = await publishing
    expect(first).toBeInstanceOf(PublishTimeoutError)
    expect(second).toMatchObject({ code: 'PUBLISH_TIMEOUT', recoverable: true })
    expect(clock.timers).toEqual([])
  })

  it('has a deadline of 10 s unless told otherwise', async () => {
    const clock = new ManualClock()
    const { channel } = await rig({ clock, faults: () => ({ put: never }) })
    const publishing = channel.publish([out('q', 'a')])
    await turns(1)
    expect(clock.timers).toEqual([{ in: 10_000, keepAlive: true }])
    await clock.advance(10)
    expect((await publishing)[0]).toBeInstanceOf(PublishTimeoutError)
  })

  it('answers PublishTimeoutError with the reason when the signal aborts', async () => {
    const { channel } = await rig({ faults: () => ({ put: never }) })
    const abort = new AbortController()
    const publishing = channel.publish([out('q', 'a')], { signal: abort.signal })
    abort.abort(new Error('no patience'))
    const [error] = await publishing
    expect(error).toBeInstanceOf(PublishTimeoutError)
    expect(error?.cause).toMatchObject({ message: 'no patience' })
  })

  it('ends the connection when putting fails: each message has its error, the owner the reason', async () => {
    const { connection, channel } = await rig({ faults: () => ({ put: broken }) })
    const outcomes = await channel.publish([out('q', 'a'), out('q', 'b')])
    expect(outcomes).toEqual([expect.any(ConnectionError), expect.any(ConnectionError)])
    expect(await connection.closed).toMatchObject({ code: 'CONNECTION', cause: { message: 'disk on fire' } })
    const late = channel.publish([out('q', 'c')])
    await expect(late).rejects.toBeInstanceOf(ClosedError)
    await expect(late).rejects.toMatchObject({ cause: { code: 'CONNECTION' } })
    await expect(connection.openChannel()).rejects.toBeInstanceOf(ClosedError)
    await connection.close()
  })

  it('keeps the connection when one message cannot be carried', async () => {
    const { connection, channel } = await rig()
    const bad = { ...out('q', 'bad'), message: { ...out('q', '').message, headers: { call: { back: () => 1 } } } }
    const outcomes = await channel.publish([out('q', 'a'), bad, out('q', 'b')])
    expect(outcomes).toEqual([undefined, expect.any(PublishError), undefined])
    expect(outcomes[1]?.message).toContain('headers.call.back is a function')
    expect(await channel.stat(['q'])).toMatchObject([{ ready: 2 }])
    await connection.close()
    expect(await connection.closed).toBeUndefined()
  })

  it('ends the connection when taking fails', async () => {
    const { connection, channel } = await rig({ faults: () => ({ take: broken }) })
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 1 })
    expect(await connection.closed).toMatchObject({ code: 'CONNECTION', message: 'the store failed: disk on fire' })
    expect(sink.batches).toEqual([])
  })

  it('answers what is under way when the store ends by itself', async () => {
    const closed = createDeferred<Error | undefined>()
    const { connection, channel } = await rig({ faults: () => ({ put: never, closed: closed.promise }) })
    const publishing = channel.publish([out('q', 'a')])
    await turns(1)
    closed.resolve(new Error('unplugged'))
    expect((await publishing)[0]).toMatchObject({
      code: 'CONNECTION',
      recoverable: true,
      cause: { message: 'unplugged' }
    })
    expect(await connection.closed).toMatchObject({ message: 'unplugged' })
  })

  it('a message taken while the connection ended is not handed over', async () => {
    const [closed, gate] = [createDeferred<Error | undefined>(), createDeferred<void>()]
    const { channel, connection } = await rig({
      faults: store => ({
        closed: closed.promise,
        take: async (queues, limit) => {
          const taken = await store.take(queues, limit)
          await gate.promise
          return taken
        }
      })
    })
    await channel.publish([out('q', 'a')])
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 1 })
    await turns(2)
    closed.resolve(new Error('unplugged'))
    await connection.closed
    gate.resolve()
    await turns(3)
    expect(sink.batches).toEqual([])
  })

  it('a sink that throws ends the connection, and its messages go back', async () => {
    const { broker, connection, channel } = await rig()
    await channel.publish([out('q', 'a')])
    const sink = recorder(() => {
      throw new Error('sink is blocked')
    })
    await channel.consume(['q'], sink, { prefetch: 1 })
    expect(await connection.closed).toMatchObject({ message: 'sink is blocked' })
    await turns(2)
    expect(broker.stat('q')).toMatchObject({ ready: 1, unacked: 0 })
  })

  it('a settlement that failed can be made again', async () => {
    let failing = true
    const { channel, broker, connection } = await rig({
      faults: store => ({
        settle: async batch => (failing ? batch.map(() => new Error('busy')) : store.settle(batch))
      })
    })
    await channel.publish([out('q', 'a')])
    const sink = recorder()
    await channel.consume(['q'], sink, { prefetch: 1 })
    await turns(3)
    const ack = [{ tag: sink.all[0]?.tag ?? -1, kind: 'ack' }] as const
    expect(await channel.settle(ack)).toMatchObject([{ message: 'busy' }])
    expect(broker.stat('q').unacked).toBe(1)
    failing = false
    expect(await channel.settle(ack)).toEqual([undefined])
    expect(broker.stat('q').unacked).toBe(0)
    await connection.close()
  })

  it('closing does not wait for ever for a store that does not answer', async () => {
    const clock = new ManualClock()
    const { channel, connection } = await rig({
      clock,
      virtual: { closeTimeout: 2 },
      faults: () => ({ settle: never, close: never })
    })
    await channel.publish([out('q', 'a')])
    await channel.consume(['q'], recorder(), { prefetch: 1 })
    await turns(3)
    const closing = connection.close()
    await clock.advance(2)
    await clock.advance(2)
    await closing
    expect(await connection.closed).toBeUndefined()
    expect(clock.timers).toEqual([])
  })
})
