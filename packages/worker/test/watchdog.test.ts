import { describe, expect, it } from '@jest/globals'
import type { Channel, Connection, DeliverySink, Transport } from '@umbel/transport'
import { fastClock } from './fast-clock.js'
import { createRig, type Rig } from './rig.js'
import { tapTransport } from './tap.js'
import { until } from './until.js'

/** How a link fails without a word: its deliveries get lost, or nothing is answered at all. */
type Failing = 'deaf' | 'mute' | undefined

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
      const openChannel = async (): Promise<Channel> => wrap(await connection.openChannel(), failing)
      return {
        url: connection.url,
        closed: connection.closed,
        openChannel,
        close: () => connection.close()
      } satisfies Connection
    }
  }
}

function wrap(channel: Channel, failing: Failing): Channel {
  if (failing === undefined) return channel
  const never: DeliverySink = { deliver: () => undefined, lost: () => undefined }
  return {
    declare: topology => channel.declare(topology),
    publish: (batch, options) => channel.publish(batch, options),
    // What it takes is taken by nobody.
    consume: async (queues, _sink, options) => {
      const subscription = await channel.consume(queues, never, { ...options, prefetch: 1 })
      return {
        setPrefetch: () => undefined,
        setQueues: names => subscription.setQueues(names),
        pause: () => undefined,
        resume: () => undefined,
        cancel: () => subscription.cancel()
      }
    },
    settle: batch => channel.settle(batch),
    stat: queues => (failing === 'mute' ? new Promise(() => undefined) : channel.stat(queues)),
    purge: queue => channel.purge(queue),
    delete: queue => channel.delete(queue),
    close: () => channel.close()
  }
}

function rigWith(wedge: Wedge): Rig {
  const inner = createRig()
  const transports = [tapTransport(wedged(inner.drivers.transport, wedge), inner.tap)]
  return createRig({ clock: fastClock(100), workerEnableRemoteControl: false, transports })
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
