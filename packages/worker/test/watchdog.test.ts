import { describe, expect, it } from '@jest/globals'
import type { UmbelOptions } from '@umbel/app'
import type { Channel, Connection, DeliverySink, Transport } from '@umbel/transport'
import { fastClock } from './fast-clock.js'
import { createRig, type Rig } from './rig.js'
import { tapTransport } from './tap.js'
import { until } from './until.js'

/**
 * How a link fails without a word: its deliveries get lost, nothing is answered at all, or nothing from the start or
 * from the second channel on, which is the mailbox's.
 */
type Failing = 'deaf' | 'mute' | 'stillborn' | 'no mailbox' | undefined

interface Wedge {
  failing: Failing
}

/** Connections that were opened while the wedge held stay bad. */
function wedged(transport: Transport, wedge: Wedge): Transport {
  return {
    ...transport,
    async connect(url, options) {
      const connection = await transport.connect(url, options)
      const { failing } = wedge
      let channels = 0
      const openChannel = async (): Promise<Channel> => {
        channels++
        if (failing === 'stillborn' || (failing === 'no mailbox' && channels > 1)) return await never()
        return wrap(await connection.openChannel(), failing)
      }
      return {
        url: connection.url,
        closed: connection.closed,
        openChannel,
        close: () => connection.close()
      } satisfies Connection
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function wrap(channel: Channel, failing: Failing): Channel {
  if (failing !== 'deaf' && failing !== 'mute') return channel
  const nobody: DeliverySink = { deliver: () => undefined, lost: () => undefined }
  return {
    declare: topology => channel.declare(topology),
    publish: (batch, options) => channel.publish(batch, options),
    // What it takes is taken by nobody.
    consume: async (queues, _sink, options) => {
      const subscription = await channel.consume(queues, nobody, { ...options, prefetch: 1 })
      return {
        setPrefetch: () => undefined,
        setQueues: names => subscription.setQueues(names),
        pause: () => undefined,
        resume: () => undefined,
        cancel: () => subscription.cancel()
      }
    },
    settle: batch => channel.settle(batch),
    stat: queues => (failing === 'mute' ? never() : channel.stat(queues)),
    purge: queue => channel.purge(queue),
    delete: queue => channel.delete(queue),
    close: () => channel.close()
  }
}

function rigWith(wedge: Wedge, settings: UmbelOptions = { workerEnableRemoteControl: false }): Rig {
  const inner = createRig()
  const transports = [tapTransport(wedged(inner.drivers.transport, wedge), inner.tap)]
  return createRig({ clock: fastClock(100), ...settings, transports })
}

describe('a link that is there and brings nothing', () => {
  it.each(['deaf', 'mute'] as const)('%s: is replaced, and what waits runs', async failing => {
    const wedge: Wedge = { failing }
    const rig = rigWith(wedge)
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    wedge.failing = undefined
    const results = [await add.delay(1, 1), await add.delay(2, 2), await add.delay(3, 3)]
    expect(await Promise.all(results.map(result => result.get({ timeout: 1000 })))).toEqual([2, 4, 6])
    expect(rig.lines.map(({ message }) => message).join('\n')).toMatch(
      failing === 'mute'
        ? /lost \(the broker did not answer within 3 s\)/
        : /lost \(\d messages wait in the queue .* none arrives\)/
    )
  })

  it('leaves a link alone whose queue is empty, and one whose slots are taken', async () => {
    const wedge: Wedge = { failing: undefined }
    const rig = rigWith(wedge)
    let release = (): void => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const slow = rig.app.task('slow', async () => await gate)
    await rig.start({ concurrency: 1 })
    const passed = rig.app.services.clock.monotonic()
    const results = [await slow.delay(), await slow.delay()]
    await until(
      () => (rig.app.services.clock.monotonic() - passed > 60_000 ? true : undefined),
      () => 'a minute to pass'
    )
    release()
    await Promise.all(results.map(result => result.get({ timeout: 1000 })))
    expect(rig.lines.filter(({ message }) => message.includes('lost'))).toEqual([])
  })
})

describe('a broker that accepts the connection and then says nothing', () => {
  it('is asked again', async () => {
    const wedge: Wedge = { failing: 'stillborn' }
    const rig = rigWith(wedge)
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const starting = rig.start()
    await rig.line('the broker did not answer within 10 s')
    wedge.failing = undefined
    await starting
    expect(await add.delay(1, 1).get({ timeout: 1000 })).toBe(2)
  })

  it('keeps nobody from tasks where only its mailbox is silent', async () => {
    const wedge: Wedge = { failing: 'no mailbox' }
    const rig = rigWith(wedge, {})
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    await rig.line(/no answer about the mailbox of .* within 5 s/)
    wedge.failing = undefined
    expect(await add.delay(1, 1).get({ timeout: 1000 })).toBe(2)
  })
})
