import { describe, expect, it } from '@jest/globals'
import type { BackendFactory, ResultBackend } from '@umbel/backend'
import { chain, chord } from '@umbel/canvas'
import { ChordError } from '@umbel/protocol'
import { DRIVERS } from './drivers.js'
import { createRig, type Drivers, type Rig } from './rig.js'
import { Gate, until } from './until.js'

const TIMEOUT = { timeout: 10 }
const SOON = { interval: 0.02 }

/** The store as it is, but for the verbs of joins: what a store that cannot count looks like. */
function withoutJoins(backend: ResultBackend): ResultBackend {
  const refused = new Set<PropertyKey>(['openChord', 'growChord', 'storeParts', 'pendingJoins', 'confirmJoins'])
  return new Proxy(backend, {
    get(target, name) {
      if (refused.has(name)) return () => Promise.reject(new Error(`${String(name)} of a store that cannot join`))
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'capabilities') return { ...target.capabilities, joins: false, shared: true }
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

function calculator(drivers: Drivers, settings: Parameters<typeof createRig>[0] = {}) {
  const backend: BackendFactory = {
    ...drivers.backend,
    connect: async (url, options) => withoutJoins(await drivers.backend.connect(url, options))
  }
  const rig = createRig({ resultChordRetryInterval: 0.02, ...settings }, { ...drivers, backend })
  const ran: unknown[] = []
  const told: string[] = []
  return {
    rig,
    ran,
    told,
    add: rig.app.task('add', (x: number, y: number) => x + y),
    fail: rig.app.task('fail', (): number => {
      throw new RangeError('no')
    }),
    sum: rig.app.task('sum', { ignoreResult: false }, (xs: number[]) => {
      ran.push(xs)
      return xs.reduce((a, b) => a + b, 0)
    }),
    tell: rig.app.task('tell', (id: string) => {
      told.push(id)
    })
  }
}

const unlocks = (rig: Rig) => rig.sent.filter(({ message }) => message.headers['task'] === 'celery.chord_unlock')

describe.each(DRIVERS)('chords where the store cannot count: %s', (_driver, createDrivers) => {
  it.each([
    ['with results', {}],
    ['with ignored results', { taskIgnoreResult: true }]
  ])('[K-32][K-35] are completed by a task that looks at the header, %s', async (_what, settings) => {
    const { rig, add, sum, ran } = calculator(createDrivers(), settings)
    await rig.start()
    const result = await chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], sum.s()).delay()
    await until(
      () => (ran.length > 0 ? true : undefined),
      () => 'the body'
    )
    await rig.empty()
    expect(ran).toEqual([[2, 4, 6]])
    if (!('taskIgnoreResult' in settings)) expect(await result.get(TIMEOUT)).toBe(12)
    expect(unlocks(rig)[0]?.message.headers).toMatchObject({ ignore_result: true, retries: 0 })
  })

  it('nest, in headers and in chains', async () => {
    const { rig, add, sum } = calculator(createDrivers())
    await rig.start()
    const inner = () => chord([add.s(1, 1), add.s(2, 2)], sum.s())
    expect(await (await chord([inner(), chain(add.s(1, 1), add.s(1))], sum.s()).delay()).get(TIMEOUT)).toBe(9)
    expect(await (await chain(inner(), add.s(1)).delay()).get(TIMEOUT)).toBe(7)
    await rig.empty()
  })

  it('fail with their header, and so does what follows; errbacks of the body are told once', async () => {
    const { rig, add, fail, sum, tell, told, ran } = calculator(createDrivers())
    await rig.start()
    const result = await chain(chord([add.s(1, 1), fail.s()], sum.s().onError(tell.s())), add.s(1)).delay()
    const error = await result.get({ ...TIMEOUT, propagate: false, followParents: false })
    expect(error).toBeInstanceOf(ChordError)
    expect(String(error)).toMatch(/Dependency .* raised ValueError\('no'\)/)
    await rig.empty()
    expect([told, ran]).toEqual([[result.parent?.id], []])
  })

  it('[K-35][K-40] fail after the last look where that is said, naming what is missing', async () => {
    const { rig, add, sum } = calculator(createDrivers())
    const gate = new Gate()
    const stuck = rig.app.task('stuck', async () => {
      await gate.pass()
      return 1
    })
    await rig.start()
    const member = stuck.s().set({ taskId: 'late' })
    const result = await chord([add.s(1, 1), member], sum.s(), { ...SOON, maxRetries: 2 }).delay()
    await expect(result.get(TIMEOUT)).rejects.toThrow(/not complete .* missing: late/)
    expect(unlocks(rig)).toHaveLength(3)
    gate.open()
    await rig.empty()
  })

  it('are opened once, however often: the body runs once', async () => {
    const { rig, add, sum, ran } = calculator(createDrivers())
    const { services } = rig.app
    const opened: unknown[] = []
    const open = services.dispatcher.openChord.bind(services.dispatcher)
    services.dispatcher.openChord = async opening => {
      opened.push(opening)
      await open(opening)
      await open(opening)
    }
    await rig.start()
    const result = await chord([add.s(1, 1)], sum.s()).delay()
    expect(await result.get(TIMEOUT)).toBe(2)
    await rig.empty()
    expect([opened.length, ran]).toEqual([1, [[2]]])
  })

  it('[CF-70][K-35] are looked at every result_chord_retry_interval, a second by default', async () => {
    for (const [resultChordRetryInterval, expected] of [
      [undefined, 1000],
      [0.3, 300]
    ] as const) {
      const { rig, add, sum, ran } = calculator(createDrivers(), { resultChordRetryInterval })
      expect(rig.app.conf.resultChordRetryInterval).toBe(expected / 1000)
      const gate = new Gate()
      const stuck = rig.app.task('stuck', async () => {
        await gate.pass()
        return 1
      })
      await rig.start()
      const before = Date.now()
      await chord([add.s(1, 1), stuck.s()], sum.s()).delay()
      const looks = await until(
        () => (unlocks(rig).length > 1 ? unlocks(rig) : undefined),
        () => 'the second look'
      )
      const [first = 0, second = 0] = looks.map(({ notBefore }) => notBefore ?? 0)
      expect(first - before).toBeGreaterThanOrEqual(expected)
      expect(second - first).toBeGreaterThanOrEqual(expected)
      expect(second - before).toBeLessThan(Date.now() - before + expected + 1)
      gate.open()
      await until(
        () => (ran.length > 0 ? true : undefined),
        () => 'the body'
      )
    }
  })

  it('[K-40] are looked at as the interval of the chord itself says, before the setting', async () => {
    const { rig, add, sum } = calculator(createDrivers(), { resultChordRetryInterval: 60 })
    await rig.start()
    const before = Date.now()
    const result = await chord([add.s(1, 1)], sum.s(), { interval: 0.05 }).delay()
    expect(await result.get(TIMEOUT)).toBe(2)
    const [first] = unlocks(rig)
    expect((first?.notBefore ?? 0) - before).toBeGreaterThanOrEqual(50)
    expect((first?.notBefore ?? 0) - before).toBeLessThan(60_000)
  })

  it('are looked at from the queue of their body, and cannot grow', async () => {
    const { rig, add, sum } = calculator(createDrivers())
    const grows = rig.app.task('grows', { bind: true }, async self => {
      await self.addToChord(add.s(1, 1))
      return 1
    })
    await rig.start({ queues: ['celery', 'sums'] })
    const result = await chord([grows.s()], sum.s().set({ queue: 'sums' }), SOON).delay()
    await expect(result.get(TIMEOUT)).rejects.toThrow(/cannot grow/)
    expect(unlocks(rig).every(({ routingKey }) => routingKey === 'sums')).toBe(true)
  })
})

describe('still to come', () => {
  it.todo('[K-35] stores that count natively: Memcached, DynamoDB, GCS with Firestore')
  it.todo('[K-40] a countdown of the first look alone')
  // What was seen to be ready is not read again, so that there is nothing to wait for.
  it.todo('[CF-70][K-40] a join that takes longer than result_chord_join_timeout')
})

describe('a chord without results', () => {
  it('[K-32] is refused before anything is sent, saying what to configure', async () => {
    const rig = createRig({ backend: 'disabled' })
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const sum = rig.app.task('sum', (xs: number[]) => xs.length)
    await expect(Promise.resolve(chord([add.s(1, 1)], sum.s()).delay())).rejects.toThrow(
      /no result backend is configured, so chords cannot be joined\. Set `resultBackend`/
    )
    expect(rig.sent).toEqual([])
  })
})
