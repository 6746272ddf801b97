import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type Clock, systemClock } from '@umbel/runtime'
import type { Channel, Connection, ConnectOptions } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { type FreshBroker, freshBroker } from './fresh-broker.js'
import { closeAll, collect, texts, toQueue, until } from './support.js'

const LEASE = 0.5

/** A hundred seconds in one. */
const hurried: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * 100,
  setTimer: (delay, callback, options) => systemClock.setTimer(delay / 100, callback, options)
}

/** A Python worker's holding is a field of `unacked`, its tag, and the time of taking in the index. */
describe('what a Python worker holds', () => {
  let broker: FreshBroker
  const connections: Connection[] = []
  const key = (name: string): string => `${broker.prefix}${name}`
  beforeAll(async () => {
    broker = await freshBroker()
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    const keys = await broker.client.keys(`${broker.prefix}*`)
    if (keys.length > 0) await broker.client.del(...keys)
  })
  afterAll(() => broker.teardown())

  async function open(
    options: Readonly<Record<string, unknown>> = {},
    more: Pick<ConnectOptions, 'clock' | 'lease'> = {}
  ): Promise<Channel> {
    const transportOptions = { ...broker.options, ...options }
    const connection = await redis().connect(broker.url, { lease: LEASE, ...more, transportOptions })
    connections.push(connection)
    return connection.openChannel()
  }

  /** Taken so many seconds ago, under its own name as tag. */
  async function held(ages: Readonly<Record<string, number>>): Promise<void> {
    const channel = await open()
    for (const [text, age] of Object.entries(ages)) {
      await channel.publish([toQueue('writing', text)])
      const envelope = await broker.client.lpop(key('writing'))
      await broker.client.hset(key('unacked'), text, `[${envelope}, "", "q"]`)
      await broker.client.zadd(key('unacked_index'), Date.now() / 1000 - age, text)
    }
  }

  const index = (): Promise<string[]> => broker.client.zrange(key('unacked_index'), '0', '-1')

  it('[TR-10] goes back after 3600 s by default, late acks and those that wait for their eta alike', async () => {
    await held({ late: 3700, waiting: 3650, young: 3500 })
    const collected = await collect(await open(), ['q'], { ack: true })
    await until('both', () => collected.deliveries.length === 2)
    expect(texts(collected)).toEqual(['late', 'waiting'])
    expect(collected.deliveries.every(({ redelivered }) => redelivered)).toBe(true)
    await until('the young one alone is held', async () => String(await index()) === 'young')
  })

  it('[TR-10] goes back after visibility_timeout where it is set, which means nothing for what ours hold', async () => {
    const channel = await open({ visibility_timeout: 1 })
    await channel.publish([toQueue('ours', 'long')])
    const ours = await collect(channel, ['ours'])
    await until('taken', () => ours.deliveries.length === 1)
    await held({ late: 2 })
    const other = await open({ visibility_timeout: 1, unacked_restore_interval: 0.2, unacked_restore_throttle: 1 })
    const collected = await collect(other, ['q', 'ours'], { ack: true })
    await until('it is back', () => collected.deliveries.length === 1)
    await held({ next: 1 })
    await until('the next', () => collected.deliveries.length === 2)
    expect(texts(collected)).toEqual(['late', 'next'])
    expect(ours.lost).toEqual([])
  })

  it('[TR-09] is looked at by one at a time: not while somebody has the mutex, which ends by itself', async () => {
    await held({ late: 7200 })
    await broker.client.set(key('unacked_mutex'), 'of another', 'PX', 1500)
    const often = { unacked_restore_interval: 0.1, unacked_restore_throttle: 1, unacked_mutex_expire: 5 }
    const channel = await open(often)
    const collected = await collect(channel, ['q'], { ack: true })
    await until('the mutex has ended', async () => {
      const [left, owner] = [await index(), await broker.client.get(key('unacked_mutex'))]
      if (owner === 'of another') expect(left).toEqual(['late'])
      return owner !== 'of another'
    })
    await until('it is back', () => collected.deliveries.length === 1)
    await until('nobody has it', async () => (await broker.client.exists(key('unacked_mutex'))) === 0)
  })

  it('[TR-09] the mutex is held for 300 s at most, and each tenth look, of one every 10 s, is made', async () => {
    const monitor = await broker.client.monitor()
    const locks: { readonly at: number; readonly command: readonly string[] }[] = []
    monitor.on('monitor', (_time: string, command: string[]) => {
      if (command[0] === 'set' && command[1] === key('unacked_mutex')) locks.push({ at: hurried.monotonic(), command })
    })
    try {
      await collect(await open({}, { clock: hurried, lease: 10 }), ['q'])
      await until('looked twice', () => locks.length === 2)
      expect(locks[0]?.command.slice(3)).toEqual(['PX', '300000', 'NX'])
      const [first = 0, second = 0] = locks.map(({ at }) => at / 1000)
      expect(second - first).toBeGreaterThan(95)
      expect(second - first).toBeLessThan(150)
    } finally {
      monitor.disconnect()
    }
  })

  it('[TR-09] unacked_restore_limit says how many go back at a look, the oldest first', async () => {
    await held({ oldest: 9000, older: 8000, old: 7000 })
    const channel = await open({ unacked_restore_limit: 2 })
    const collected = await collect(channel, ['q'], { ack: true })
    await until('two', () => collected.deliveries.length === 2)
    expect(texts(collected)).toEqual(['oldest', 'older'])
    await until('the third alone is held', async () => String(await index()) === 'old')
  })
})
