import { afterEach, describe, expect, it } from '@jest/globals'
import { createMemory } from '@umbel/memory'
import { OperationalError } from '@umbel/protocol'
import {
  type Connection,
  type PublishOptions,
  PublishTimeoutError,
  type Transport,
  UnroutableError
} from '@umbel/transport'
import type { CallOptions, Umbel } from '../src/index.js'
import type { UmbelOptions } from '../src/options.js'
import { createApp, rejection, takeAll, takeOne, warningsDuring } from './kit.js'

const open: Umbel[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

/** The memory broker, watched. */
function watched(answer: (options: PublishOptions) => Error | undefined = () => undefined) {
  const { transport } = createMemory()
  const seen = { connections: 0, open: 0, most: 0, deadlines: [] as (number | undefined)[] }
  const spied: Transport = {
    ...transport,
    async connect(url, options): Promise<Connection> {
      const connection = await transport.connect(url, options)
      seen.connections++
      seen.most = Math.max(seen.most, ++seen.open)
      void connection.closed.then(() => seen.open--)
      const openChannel = connection.openChannel.bind(connection)
      connection.openChannel = async () => {
        const channel = await openChannel()
        const publish = channel.publish.bind(channel)
        channel.publish = async (batch, how = {}) => {
          seen.deadlines.push(how.deadline)
          const error = answer(how)
          return error === undefined ? await publish(batch, how) : batch.map(() => error)
        }
        return channel
      }
      return connection
    }
  }
  return { transport: spied, seen }
}

function make(options: UmbelOptions = {}) {
  const app = createApp(options)
  open.push(app)
  return { app, add: app.task('tasks.add', (x: number, y: number) => x + y) }
}

describe('headers, properties and delivery', () => {
  it('[C-19] carries headers and any properties of the message, of a call and of a signature', async () => {
    const { app, add } = make()
    const options = { headers: { trace: 'abc' }, properties: { MessageGroupId: 'orders', app_id: 'shop' } }
    await add.applyAsync([1, 1], options)
    await add.s(1, 1).set(options).delay()
    for (const { headers, delivery } of await takeAll(app)) {
      expect(headers.custom).toEqual({ trace: 'abc' })
      expect(delivery.message.properties.extra).toEqual({ MessageGroupId: 'orders', app_id: 'shop' })
    }
    expect(add.s(1, 1).set(options).options).toMatchObject({ MessageGroupId: 'orders' })
    const wrong = { properties: { priority: 3 } }
    expect((await rejection(add.applyAsync([1, 1], wrong))).message).toContain("'priority' is an option, set it as one")
    await add.delay(1, 1)
    expect((await takeOne(app)).delivery.message.properties.extra).toBeUndefined()
  })

  it('[C-19] fails what no queue wants, unless it is not mandatory; immediate is refused, as by every broker', async () => {
    const { app, add } = make()
    const nowhere = { exchange: 'lonely', exchangeType: 'topic', routingKey: 'nobody' }
    const declare = { exchanges: [{ name: 'lonely', type: 'topic' as const }] }
    expect(await rejection(add.applyAsync([1, 1], { ...nowhere, declare, mandatory: true }))).toBeInstanceOf(
      UnroutableError
    )
    expect(await rejection(add.applyAsync([1, 1], { ...nowhere, declare }))).toBeInstanceOf(UnroutableError)
    await add.applyAsync([1, 1], { ...nowhere, declare, mandatory: false })
    await add.applyAsync([1, 1], { immediate: false } as CallOptions)
    expect(await takeAll(app)).toHaveLength(1)
    const immediate = { immediate: true } as CallOptions
    expect((await rejection(add.applyAsync([1, 1], immediate))).message).toContain(
      "option 'immediate': expected false: no broker has it any more"
    )
  })

  it('[C-25] waits for the broker’s confirmation as long as the call says, and tells that the outcome is unknown', async () => {
    const late = new PublishTimeoutError('the broker did not confirm within 3 s', { recoverable: true })
    const { transport, seen } = watched(({ deadline }) => (deadline === 3 ? late : undefined))
    const { app, add } = make({ transports: [transport], brokerTransportOptions: { confirm_publish: true } })
    const calls = [
      add.applyAsync([1, 1], { confirmTimeout: 3, retry: false }),
      add.applyAsync([2, 2], { confirmTimeout: 7 }),
      add.delay(3, 3)
    ]
    const [first, ...others] = await Promise.allSettled(calls)
    expect(first).toMatchObject({ status: 'rejected', reason: { name: 'OperationalError', cause: late } })
    expect((first as PromiseRejectedResult).reason).toBeInstanceOf(OperationalError)
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(seen.deadlines).toEqual([3, 7, undefined])
    expect((await takeAll(app)).map(({ body }) => body.args)).toEqual([
      [2, 2],
      [3, 3]
    ])
    for (const confirmTimeout of [0, Number.NaN, '5' as never])
      expect((await rejection(add.applyAsync([1, 1], { confirmTimeout }))).message).toContain("option 'confirmTimeout'")
  })
})

describe('connections of a client', () => {
  it('[C-26] opens none before the first send, then at most what brokerPoolLimit allows: one, in order', async () => {
    const { transport, seen } = watched()
    const { app, add } = make({ transports: [transport], brokerPoolLimit: 3 })
    add(1, 1)
    add.s(1, 1)
    expect(seen.connections).toBe(0)
    const calls = Array.from({ length: 200 }, async (_, n) => {
      if (n % 3 === 0) await new Promise(resolve => setImmediate(resolve))
      await add.delay(n, n)
    })
    await Promise.all(calls)
    expect(seen).toMatchObject({ connections: 1, most: 1 })
    expect(await takeAll(app)).toHaveLength(200)
  })

  it.each([0, null])(
    '[C-26][CF-55] keeps none where brokerPoolLimit is %s: each use has its own; the default is 10',
    async limit => {
      const { transport, seen } = watched()
      const { app, add } = make({ transports: [transport], brokerPoolLimit: limit })
      await add.delay(1, 1)
      expect(seen).toMatchObject({ connections: 1, open: 0 })
      await Promise.all([add.delay(2, 2), add.delay(3, 3)])
      expect(seen).toMatchObject({ connections: 2, open: 0, most: 1 })
      expect(await takeAll(app)).toHaveLength(3)
      expect(make().app.conf.settings.brokerPoolLimit).toBe(10)
    }
  )

  it('drops what was opened while the module was loaded, once it sends through another gateway', async () => {
    const { transport, seen } = watched()
    const { app, add } = make({ transports: [transport] })
    await add.delay(1, 1)
    expect(seen.open).toBe(1)
    const warnings = await warningsDuring(() => {
      app.attach({
        publish: async batch => batch.map(() => undefined),
        backend: () => Promise.reject(new Error('none')),
        broadcast: () => Promise.reject(new Error('none')),
        describe: () => '',
        close: async () => undefined
      })
    })
    expect(warnings).toEqual([])
    await add.delay(2, 2)
    expect(seen).toMatchObject({ open: 0, connections: 1 })
  })
})
