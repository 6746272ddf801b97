import { hostname } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { ImproperlyConfigured, OperationalError, TaskRevokedError, WorkerLostError } from '@umbel/protocol'
import { ConnectionError } from '@umbel/transport'
import { nodeName } from '@umbel/worker'
import { fastClock } from './fast-clock.js'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig } from './rig.js'
import { tapTransport } from './tap.js'
import { Gate, until } from './until.js'

const LATE = { acksLate: true } as const

describe('prefetch', () => {
  it('does not say that it is ready where no queue is left to consume from', async () => {
    const rig = createRig({ taskQueues: [{ name: 'a' }, { name: 'b' }] })
    await expect(rig.start({ excludeQueues: ['a', 'b'] })).rejects.toThrow(
      'no queue is left to consume from: excludeQueues (a, b) takes all of the configured ones'
    )
    expect(rig.messages.filter(line => line.includes('ready'))).toEqual([])
  })

  it('[W-04] takes as many as there are free slots, so that a second worker gets the rest', async () => {
    const rig = createRig()
    const gate = new Gate()
    const by: string[] = []
    const task = rig.app.task('long', { bind: true, ...LATE }, async ({ request }) => {
      by.push(request.hostname)
      await gate.pass()
    })
    await rig.start({ concurrency: 2, hostname: 'w1' })
    for (let n = 0; n < 10; n++) await task.delay()
    await gate.reached(2)
    expect(await rig.stat()).toMatchObject({ ready: 8, unacked: 2 })
    await rig.start({ concurrency: 8, hostname: 'w2' })
    await gate.reached(10)
    gate.open()
    await rig.empty()
    expect(by.filter(name => name.startsWith('w1@'))).toHaveLength(2)
    expect(by.filter(name => name.startsWith('w2@'))).toHaveLength(8)
  })

  it.each([1, 3])('holds one window for the slots that are free (multiplier %i)', async prefetchMultiplier => {
    const rig = createRig({ workerPrefetchMultiplier: prefetchMultiplier })
    const gate = new Gate()
    const task = rig.app.task('long', LATE, () => gate.pass())
    for (let n = 0; n < 10; n++) await task.delay()
    await rig.start({ concurrency: 2 })
    await gate.reached(2)
    expect(await rig.stat()).toMatchObject({ ready: 10 - 2 * prefetchMultiplier, unacked: 2 * prefetchMultiplier })
    gate.open()
    await rig.empty()
  })

  it('holds everything with multiplier 0', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', LATE, () => gate.pass())
    for (let n = 0; n < 10; n++) await task.delay()
    await rig.start({ concurrency: 1, prefetchMultiplier: 0 })
    await gate.reached(1)
    await until(
      async () => ((await rig.stat()).unacked === 10 ? true : undefined),
      () => 'all messages at the worker'
    )
    gate.open()
    await rig.empty()
  })

  it('never runs more at a time than there are slots, early or late', async () => {
    const rig = createRig()
    let now = 0
    let most = 0
    const body = async (): Promise<void> => {
      most = Math.max(most, ++now)
      await new Promise(resolve => setImmediate(resolve))
      now--
    }
    const early = rig.app.task('early', body)
    const late = rig.app.task('late', LATE, body)
    await rig.start({ concurrency: 3, prefetchMultiplier: 4 })
    const results = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? early : late).delay()))
    await Promise.all(results.map(result => result.get({ timeout: 5 })))
    expect(most).toBe(3)
  })
})

describe('concurrency and pools', () => {
  it('solo runs one task at a time in the worker’s process, inline up to -c', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', LATE, () => gate.pass())
    const worker = await rig.start({ pool: 'solo', concurrency: 7 })
    expect(worker.settings).toMatchObject({ pool: 'inline', concurrency: 1 })
    await Promise.all([task.delay(), task.delay()])
    await gate.reached(1)
    expect(await rig.stat()).toMatchObject({ ready: 1, unacked: 1 })
    gate.open()
    await rig.empty()
    const start = (pool: string): Promise<void> => rig.createWorker({ pool: pool as 'solo' }).start()
    await expect(start('prefork')).rejects.toThrow("the pool 'prefork' is not built yet")
    await expect(start('processes')).rejects.toThrow("the pool 'processes', which is 'prefork', is not built yet")
  })

  it('refuses pools that are not built, and options that do not exist, by name', async () => {
    const rig = createRig()
    const start = (options: object): Promise<void> => rig.createWorker(options).start()
    await expect(start({ pool: 'prefork' })).rejects.toThrow("the pool 'prefork' is not built yet")
    await expect(start({ pool: 'thread' })).rejects.toThrow("did you mean 'threads'?")
    await expect(start({ concurency: 1 })).rejects.toThrow("did you mean 'concurrency'?")
    await expect(start({ concurrency: -1 })).rejects.toThrow('worker option concurrency')
    await expect(start({ timeLimit: '5' })).rejects.toBeInstanceOf(ImproperlyConfigured)
  })

  it('[W-06] threads runs each task in a thread of its own, async spreads them over some', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    const worker = await rig.start({ pool: 'threads', concurrency: 3 }, { module: location })
    const results = await Promise.all(Array.from({ length: 3 }, () => rig.app.sendTask('fixture.thread', [])))
    const threads = await Promise.all(results.map(result => result.get({ timeout: 5 })))
    expect(new Set(threads).size).toBe(3)
    expect(threads).not.toContain(0)
    await worker.stop()
  })
})

describe('node names', () => {
  it('[W-50] umbel@<host> by default; a name without a host gets it', () => {
    expect(nodeName(undefined, 'machine.example.org')).toBe('umbel@machine.example.org')
    expect(nodeName('w1', 'machine')).toBe('w1@machine')
    expect(nodeName('w1@elsewhere', 'machine')).toBe('w1@elsewhere')
    expect(nodeName('w@%n.%d %% %h', 'machine.example.org')).toBe('w@machine.example.org % machine.example.org')
    expect(createRig().createWorker().hostname).toBe(`umbel@${hostname()}`)
  })

  it('[W-03] several workers with names of their own share a queue', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('who', { bind: true }, async ({ request }) => {
      await gate.pass()
      return request.hostname
    })
    await rig.start({ hostname: 'a', concurrency: 1 })
    await rig.start({ hostname: 'b', concurrency: 1 })
    const results = await Promise.all([task.delay(), task.delay()])
    await gate.reached(2)
    gate.open()
    const names = await Promise.all(results.map(result => result.get({ timeout: 5 })))
    expect(names.toSorted()).toEqual([`a@${hostname()}`, `b@${hostname()}`])
  })
})

describe('revocation', () => {
  it('a task that waits does not run; one that runs goes on, or is ended with terminate', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', { bind: true, ...LATE }, async ({ signal }) => {
      await gate.pass(signal)
      return 'done'
    })
    const worker = await rig.start({ concurrency: 2 })
    const [first, second] = await Promise.all([task.delay(), task.delay()])
    const waiting = await task.delay()
    await gate.reached(2)
    worker.revoke([first.id, waiting.id])
    worker.revoke([second.id], { terminate: true })
    await expect(second.get({ timeout: 5 })).rejects.toBeInstanceOf(TaskRevokedError)
    expect(await second.state()).toBe('REVOKED')
    await expect(second.get({ timeout: 5 })).rejects.toThrow('terminated')
    await expect(waiting.get({ timeout: 5 })).rejects.toThrow('revoked')
    gate.open()
    expect(await first.get({ timeout: 5 })).toBe('done')
    expect(gate.arrived).toBe(2)
    await rig.empty()
  })
})

describe('shutdown', () => {
  it('stop() takes nothing more and waits for what runs; what was not begun goes back unspent', async () => {
    const rig = createRig()
    const gate = new Gate()
    const redelivered: boolean[] = []
    const task = rig.app.task('long', { bind: true, ...LATE }, async ({ request }) => {
      redelivered.push(request.deliveryInfo.redelivered)
      await gate.pass()
      return 'done'
    })
    const results = await Promise.all([task.delay(), task.delay(), task.delay()])
    const worker = await rig.start({ concurrency: 1, prefetchMultiplier: 2 })
    await gate.reached(1)
    let stopped = false
    const stopping = worker.stop().then(() => {
      stopped = true
    })
    await until(
      async () => ((await rig.stat()).ready === 2 ? true : undefined),
      () => 'what was not begun in the queue'
    )
    expect(stopped).toBe(false)
    expect(await rig.stat()).toMatchObject({ unacked: 1 })
    gate.open()
    await stopping
    expect(await results[0].get({ timeout: 5 })).toBe('done')
    expect(await rig.stat()).toMatchObject({ ready: 2, unacked: 0 })
    await rig.start()
    await rig.empty()
    expect(redelivered).toEqual([false, false, false])
  })

  it('quiet() takes nothing more; what runs goes on', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', LATE, () => gate.pass())
    const worker = await rig.start({ concurrency: 2 })
    const result = await task.delay()
    await gate.reached(1)
    worker.quiet()
    await task.delay()
    gate.open()
    await result.get({ timeout: 5 })
    await worker.stop()
    expect(await rig.stat()).toMatchObject({ ready: 1, unacked: 0 })
  })

  it('after shutdownTimeout it ends what runs: late ack goes back, early ack fails with WorkerLostError', async () => {
    const rig = createRig()
    const gate = new Gate()
    const late = rig.app.task('late', LATE, () => gate.pass())
    const early = rig.app.task('early', () => gate.pass())
    const worker = await rig.start({ shutdownTimeout: 0.05 })
    const [, lost] = await Promise.all([late.delay(), early.delay()])
    await gate.reached(2)
    await worker.stop()
    expect(await rig.stat()).toMatchObject({ ready: 1, unacked: 0 })
    const error = await lost.get({ timeout: 5, propagate: false })
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(String(error)).toContain('the worker was shut down')
  })

  it.each(['inline', 'threads'] as const)(
    'terminate() ends at once, and late-ack tasks are handed out again (%s)',
    async pool => {
      const rig = createRig()
      registerTasks(rig.app)
      const worker = await rig.start({ pool, concurrency: 2 }, { module: location })
      const result = await rig.app.sendTask('fixture.sleep', [100])
      await rig.line('fixture.sleep')
      const [, terminated] = await Promise.all([worker.stop(), worker.terminate()])
      expect(terminated).toBeUndefined()
      expect(await rig.stat()).toMatchObject({ unacked: 0 })
      await rig.start({ pool: 'inline' })
      expect(await result.get({ timeout: 5 })).toBe('slept')
    }
  )

  it('terminate() gives up on a broker that is away', async () => {
    const rig = createRig({ taskPublishRetry: false, clock: fastClock(50) })
    const task = rig.app.task('parent', () => 1)
    const worker = await rig.start()
    await task.applyAsync([], { link: task.si() })
    rig.tap.publishError = new OperationalError('away')
    await rig.line(/could not be sent|succeeded/)
    await worker.terminate()
    expect(worker.running).toBe(false)
  })

  it('stop() before and during start, twice, and start again are fine', async () => {
    const rig = createRig()
    const task = rig.app.task('add', (x: number, y: number) => x + y)
    const worker = rig.createWorker()
    await worker.stop()
    const starting = worker.start().catch((error: unknown) => error)
    await worker.stop()
    await starting
    await worker.start()
    expect(await task.delay(1, 1).get({ timeout: 5 })).toBe(2)
    await Promise.all([worker.stop(), worker.stop()])
    await worker.start()
    expect(await task.delay(2, 2).get({ timeout: 5 })).toBe(4)
    await worker.stop()
  })

  it('a start that cannot reach its broker ends when it is stopped', async () => {
    const rig = createRig()
    const refuse = { ...rig.drivers.transport, connect: () => Promise.reject(new Unreachable()) }
    const lonely = createRig({ transports: [refuse] })
    const worker = lonely.createWorker()
    const starting = worker.start().catch((error: unknown) => error)
    await lonely.line('Cannot connect to memory://rig')
    await worker.stop()
    expect(await starting).toBeInstanceOf(Error)
  })

  it('leaves no connection, timer or listener behind, however often', async () => {
    const rig = createRig()
    const task = rig.app.task('add', (x: number, y: number) => x + y)
    const before = { exit: process.exit, rejections: process.listenerCount('unhandledRejection') }
    const worker = rig.createWorker()
    const kinds = (): readonly string[] => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout')
    await task.delay(0, 0)
    const timers = kinds().length
    for (let round = 0; round < 20; round++) {
      await worker.start()
      expect(await task.delay(round, 1).get({ timeout: 5 })).toBe(round + 1)
      await worker.stop()
    }
    expect(rig.tap.connections.size).toBe(1)
    expect(process.listenerCount('unhandledRejection')).toBe(before.rejections)
    expect(process.exit).toBe(before.exit)
    expect(kinds().length).toBeLessThanOrEqual(timers + 1)
  })
})

describe('a connection that is lost', () => {
  it('is replaced, tasks that run go on, and consuming goes on', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', () => gate.pass())
    const quick = rig.app.task('quick', () => 'quick')
    await rig.start({ concurrency: 2 })
    const result = await task.delay()
    await gate.reached(1)
    for (let round = 0; round < 3; round++) {
      await rig.cut()
      expect(await quick.delay().get({ timeout: 5 })).toBe('quick')
    }
    gate.open()
    expect(await result.get({ timeout: 5 })).toBeNull()
    expect(rig.messages.filter(line => line.includes('Trying to re-establish'))).toHaveLength(3)
  })

  it('asks a broker that refuses it for some minutes, then tells the owner', async () => {
    const rig = createRig()
    let open = true
    const { transport } = rig.drivers
    const closing = {
      ...transport,
      connect: (...args: Parameters<typeof transport.connect>) =>
        open ? transport.connect(...args) : Promise.reject(new ConnectionError('no such user', { recoverable: false }))
    }
    const other = createRig({ clock: fastClock(1000), transports: [tapTransport(closing, rig.tap)] })
    await other.start()
    open = false
    await rig.cut()
    await other.line('Trying again in')
    expect(other.failures).toEqual([])
    const error = await until(
      () => other.failures[0],
      () => 'the failure'
    )
    expect(error.message).toContain('no such user')
  })
})

describe('memory', () => {
  it('grows with no task: thousands of them leave the heap as it was', async () => {
    const rig = createRig()
    const task = rig.app.task('noop', LATE, () => undefined)
    const fail = rig.app.task('fail', { ignoreResult: true }, () => {
      throw new Error('no')
    })
    await rig.start({ concurrency: 50 })
    const round = async (count: number): Promise<number> => {
      await Promise.all(
        Array.from({ length: count }, (_, n) => (n % 50 === 0 ? fail : task).applyAsync([], { ignoreResult: true }))
      )
      await rig.empty()
      rig.journal.length = 0
      rig.lines.length = 0
      rig.tap.sent.length = 0
      globalThis.gc?.()
      return process.memoryUsage().heapUsed
    }
    await round(1000)
    const heaps: number[] = []
    for (let count = 0; count < 4; count++) heaps.push(await round(2000))
    const growths = heaps.slice(1).map((heap, index) => (heap - (heaps[index] ?? 0)) / 2000)
    // Compiled code comes and goes; a leak grows every round.
    expect(Math.min(...growths)).toBeLessThan(100)
  })
})

class Unreachable extends ConnectionError {
  constructor() {
    super('unreachable', { recoverable: true })
  }
}
