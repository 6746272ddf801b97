import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { until } from '@umbel/test-kit'
import type { Channel, Connection, ConsumeOptions, Delivery } from '@umbel/transport'
import { type SettingsInput, Umbel } from '../src/index.js'

const SERVER = process.env['UMBEL_TEST_RABBITMQ']
// Where no server is, `npm test` says so.
const describeRabbit = SERVER === undefined ? describe.skip : describe

describeRabbit('queues of RabbitMQ', () => {
  let queue: string
  const apps: Umbel[] = []
  const used: string[] = []
  const workers: { stop(): Promise<unknown> }[] = []
  const connections: Connection[] = []

  beforeEach(() => {
    queue = named()
  })

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop()
    await Promise.all(connections.splice(0).map(connection => connection.close()))
    const channel = await open(app({}))
    for (const name of used.splice(0)) await channel.delete(name)
    await Promise.all(connections.splice(0).map(connection => connection.close()))
    for (const each of apps.splice(0)) await each.close()
  })

  function named(): string {
    const name = `umbel.test.${randomUUID()}`
    used.push(name)
    return name
  }

  /** An application whose default queue is the test's. */
  function app(settings: SettingsInput): Umbel {
    const made = new Umbel('queues', {
      broker: SERVER ?? '',
      backend: 'memory://queues',
      taskDefaultQueue: queue,
      taskDefaultExchange: '',
      ...settings
    })
    apps.push(made)
    return made
  }

  async function start(of: Umbel) {
    const worker = await of.worker({ concurrency: 2 }).start()
    workers.push(worker)
    return worker
  }

  async function open(from: Umbel): Promise<Channel> {
    const connection = await from.connectionForWrite()
    connections.push(connection)
    return await connection.openChannel()
  }

  /** What comes of a queue, one at a time, each acknowledged. */
  async function take(from: Umbel, name = queue, options: Partial<ConsumeOptions> = {}): Promise<Delivery[]> {
    const channel = await open(from)
    const taken: Delivery[] = []
    const deliver = (batch: readonly Delivery[]): void => {
      taken.push(...batch)
      void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' })))
    }
    await channel.consume([name], { deliver, lost: () => undefined }, { prefetch: 1, ...options })
    return taken
  }

  async function ready(channel: Channel, count: number, name = queue): Promise<void> {
    await until(async () => (await channel.stat([name]))[0]?.ready === count, { what: `${count} ready in ${name}` })
  }

  async function send(to: Umbel, count: number, options = {}): Promise<void> {
    for (let number = 0; number < count; number++) await to.sendTask('tasks.noop', [number], options)
  }

  it.each([
    ['by a queue’s own limit', (name: string) => ({ taskQueues: [{ name, exchange: '', maxPriority: 10 }] })],
    [
      'by the x-max-priority of its arguments',
      (name: string) => ({ taskQueues: [{ name, exchange: '', arguments: { 'x-max-priority': 10 } }] })
    ],
    ['by taskQueueMaxPriority for all queues', () => ({ taskQueueMaxPriority: 10 })]
  ])(
    '[Q-20] order by the priority of each message, the higher number first, where they may: %s',
    async (_by, settings) => {
      const client = app(settings(queue))
      for (const priority of [3, 0, 9, 5, 10]) await client.sendTask('tasks.noop', [], { priority })
      await client.sendTask('tasks.noop', [])
      const taken = await take(client)
      await until(() => taken.length === 6, { what: 'all' })
      expect(taken.map(({ message }) => message.properties.priority ?? 0)).toEqual([10, 9, 5, 3, 0, 0])
    }
  )

  it('[Q-20] without x-max-priority hand out in the order of sending', async () => {
    const client = app({})
    for (const priority of [3, 0, 9]) await client.sendTask('tasks.noop', [], { priority })
    const taken = await take(client)
    await until(() => taken.length === 3, { what: 'all' })
    expect(taken.map(({ message }) => message.properties.priority)).toEqual([3, 0, 9])
  })

  it('[Q-19] get persistent messages, transient ones where the exchange of the queue or the task says so', async () => {
    const transient = named()
    const exchange = { name: `${transient}.exchange`, autoDelete: true, deliveryMode: 1 as const }
    const client = app({
      taskQueues: [
        { name: queue, exchange: '' },
        { name: transient, exchange }
      ]
    })
    const plain = client.task('tasks.plain', () => undefined)
    const brief = client.task('tasks.brief', { deliveryMode: 1 }, () => undefined)
    const lasting = client.task('tasks.lasting', { deliveryMode: 2 }, () => undefined)
    for (const task of [plain, brief, lasting]) {
      await task.delay()
      await task.applyAsync([], { queue: transient })
    }
    const modes = async (name: string): Promise<readonly unknown[]> => {
      const taken = await take(client, name)
      await until(() => taken.length === 3, { what: `three of ${name}` })
      return taken.map(({ message }) => message.properties.deliveryMode)
    }
    expect(await modes(queue)).toEqual([2, 1, 2])
    expect(await modes(transient)).toEqual([1, 1, 2])
  })

  it.each([
    ['each', (name: string) => ({ taskQueues: [{ name, exchange: '', arguments: { 'x-queue-type': 'quorum' } }] })],
    ['the default one', () => ({ taskDefaultQueueType: 'quorum' as const })]
  ])('[Q-25] are quorum queues where that is asked of %s, and confirm what is sent', async (_which, settings) => {
    const client = app(settings(queue))
    await client.sendTask('tasks.noop', [])
    const channel = await open(client)
    // Confirmed, it is there: quorum queues count a moment later.
    await ready(channel, 1)
    const classic = { name: queue, arguments: { 'x-queue-type': 'classic' } }
    await expect(channel.declare({ queues: [classic] })).rejects.toThrow(/x-queue-type.*current.*quorum/)
    const without = app({ ...settings(queue), brokerTransportOptions: { confirm_publish: false } })
    await expect(without.sendTask('tasks.noop', [])).rejects.toThrow(/confirm_publish.*every message is confirmed/)
  })

  it('[Q-25] made on first use are quorum queues where taskCreateMissingQueueType says so', async () => {
    const client = app({ taskCreateMissingQueueType: 'quorum', taskQueues: [{ name: 'other', exchange: '' }] })
    await client.sendTask('tasks.noop', [], { queue })
    const channel = await open(client)
    const classic = { name: queue, arguments: { 'x-queue-type': 'classic' } }
    await expect(channel.declare({ queues: [classic] })).rejects.toThrow(/x-queue-type.*current.*quorum/)
  })

  it.each(['countdown', 'eta'] as const)(
    '[Q-29] of type quorum leave tasks with a %s to the broker’s levels',
    async by => {
      const client = app({ taskDefaultQueueType: 'quorum' })
      const begun: number[] = []
      const task = client.task('tasks.later', () => begun.push(Date.now()))
      const worker = await start(client)
      const channel = await open(client)
      const levels = Array.from({ length: 28 }, (_, level) => `celery_delayed_${level}`)
      const waiting = async (): Promise<number> =>
        (await channel.stat(levels)).reduce((sum, stat) => sum + stat.ready, 0)
      // What others left there can only become less.
      const before = await waiting()
      const due = Date.now() + 2500
      const result = await task.applyAsync([], by === 'eta' ? { eta: new Date(due) } : { countdown: 2.5 })
      await until(async () => (await waiting()) > before, { what: 'it waits in a level' })
      expect(await client.control.inspect({ timeout: 5 }).scheduled()).toEqual({ [worker.hostname]: [] })
      await result.get({ timeout: 10 })
      expect(begun[0]).toBeGreaterThanOrEqual(due - 50)
    }
  )

  describe('may', () => {
    it('[Q-31] expire, drop what is old or too much, and order by priority', async () => {
      const names = { expires: named(), ttl: named(), length: named(), bytes: named(), priority: named() }
      const client = app({
        taskQueues: [
          { name: names.expires, exchange: '', expires: 0.3 },
          { name: names.ttl, exchange: '', messageTtl: 0.05 },
          { name: names.length, exchange: '', maxLength: 2 },
          { name: names.bytes, exchange: '', maxLengthBytes: 1 },
          { name: names.priority, exchange: '', maxPriority: 5 }
        ]
      })
      for (const name of Object.values(names)) await send(client, 3, { queue: name, priority: 1 })
      await client.sendTask('tasks.noop', [], { queue: names.priority, priority: 5 })
      const channel = await open(client)
      await ready(channel, 2, names.length)
      await ready(channel, 0, names.ttl)
      await ready(channel, 0, names.bytes)
      const taken = await take(client, names.priority)
      await until(() => taken.length === 4, { what: 'all four' })
      expect(taken.map(({ message }) => message.properties.priority)).toEqual([5, 1, 1, 1])
      // Asking for it would count as use; what is sent to it does not.
      const { message } = await oneOf(channel, names.length)
      const isGone = async (): Promise<boolean> => {
        const [error] = await channel.publish([{ exchange: '', routingKey: names.expires, message }])
        return error !== undefined && 'code' in error && error.code === 'UNROUTABLE'
      }
      await until(isGone, { what: 'it has expired' })
    })

    it('[Q-31] be left undeclared', async () => {
      const client = app({ taskQueues: [{ name: queue, exchange: '', noDeclare: true }] })
      await expect(client.sendTask('tasks.noop', [])).rejects.toMatchObject({ code: 'UNROUTABLE' })
      const channel = await open(client)
      await channel.declare({ queues: [{ name: queue, arguments: { 'x-max-length': 7 } }] })
      await client.sendTask('tasks.noop', [])
      await ready(channel, 1)
    })

    it('[Q-31] be consumed exclusively', async () => {
      const consumerArguments = { exclusive: true }
      const client = app({ taskQueues: [{ name: queue, exchange: '', consumerArguments }] })
      const task = client.task('tasks.noop', () => 'mine')
      await start(client)
      await expect(take(client)).rejects.toThrow(/exclusive use|ACCESS_REFUSED/)
      // Its prefetch moves with its tasks: each time it consumes anew, and is still alone.
      const results = await Promise.all(Array.from({ length: 20 }, () => task.delay().get({ timeout: 10 })))
      expect(new Set(results)).toEqual(new Set(['mine']))
    })

    it('[Q-31] be consumed by priority of consumers', async () => {
      const ran: string[] = []
      const by = (name: string, priority: number): Umbel => {
        const consumerArguments = { 'x-priority': priority }
        const made = app({ taskQueues: [{ name: queue, exchange: '', consumerArguments }] })
        made.task('tasks.who', () => void ran.push(name))
        return made
      }
      const [low, high] = [by('low', 1), by('high', 9)]
      await start(low)
      const preferred = await start(high)
      for (let number = 1; number <= 10; number++) {
        await low.sendTask('tasks.who', [])
        await until(() => ran.length === number, { what: `task ${number} has run` })
      }
      expect(new Set(ran)).toEqual(new Set(['high']))
      await preferred.stop()
      await low.sendTask('tasks.who', [])
      await until(() => ran.length === 11, { what: 'the other has it' })
      expect(ran.at(-1)).toBe('low')
    })

    it('[Q-31] have a single active consumer, and the next one when that ends', async () => {
      const given = { 'x-single-active-consumer': true }
      const client = app({ taskQueues: [{ name: queue, exchange: '', arguments: given }] })
      await send(client, 1)
      const first = await take(client)
      await until(() => first.length === 1, { what: 'the first' })
      const active = connections.at(-1)
      const second = await take(client)
      await send(client, 5)
      await until(() => first.length === 6, { what: 'all of it' })
      expect(second).toEqual([])
      await active?.close()
      await send(client, 1)
      await until(() => second.length === 1, { what: 'the other takes over' })
    })
  })
})

/** Takes one message of a queue. */
async function oneOf(channel: Channel, queue: string): Promise<Delivery> {
  const taken: Delivery[] = []
  const sink = { deliver: (batch: readonly Delivery[]) => void taken.push(...batch), lost: () => undefined }
  const subscription = await channel.consume([queue], sink, { prefetch: 1, noAck: true })
  await until(() => taken.length > 0, { what: `one of ${queue}` })
  await subscription.cancel()
  const [first] = taken
  if (first === undefined) throw new Error('none')
  return first
}
