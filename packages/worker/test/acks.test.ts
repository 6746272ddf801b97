import { describe, expect, it } from '@jest/globals'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig } from './rig.js'
import { Gate, until } from './until.js'

describe('early ack', () => {
  it('[W-24] confirms the ack before the body begins, and never starts a message again', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('early', async () => {
      rig.journal.push('body')
      await gate.pass()
    })
    await rig.start()
    await task.delay()
    await gate.reached(1)
    expect(rig.journal.slice(-3)).toEqual(['start begins', 'start confirmed', 'body'])
    expect(await rig.stat()).toMatchObject({ ready: 0, unacked: 1 })
    await rig.cut()
    await rig.line('Trying to re-establish')
    gate.open()
    await rig.line('succeeded')
    expect(gate.arrived).toBe(1)
  })

  it('does not start a body whose ack failed', async () => {
    const rig = createRig()
    let ran = 0
    const task = rig.app.task('early', () => ++ran)
    await rig.start()
    rig.tap.settleError = new Error('cut')
    await task.delay()
    await rig.line('was not started: its ack failed (cut)')
    expect(ran).toBe(0)
  })
})

describe('late ack', () => {
  it('[CF-08] acknowledges after the body and after its result is stored', async () => {
    const rig = createRig({ taskAcksLate: true })
    const task = rig.app.task('late', () => {
      rig.journal.push('body')
    })
    await rig.start()
    await task.delay().get({ timeout: 5 })
    await rig.empty()
    expect(rig.journal.slice(-4)).toEqual(['body', 'store SUCCESS', 'ack begins', 'ack confirmed'])
  })

  it('is a setting of each task, which wins over the application', async () => {
    const rig = createRig({ taskAcksLate: true })
    const gate = new Gate()
    const early = rig.app.task('early', { acksLate: false }, () => gate.pass())
    const late = rig.app.task('late', () => gate.pass())
    await rig.start()
    await early.delay()
    await late.delay()
    await gate.reached(2)
    expect(rig.journal.filter(word => word === 'start confirmed')).toHaveLength(1)
    gate.open()
    await rig.empty()
  })

  it('[W-24] hands a task to another worker, marked redelivered, when its own is gone', async () => {
    const rig = createRig()
    const gate = new Gate()
    const seen: boolean[] = []
    const task = rig.app.task('late', { bind: true, acksLate: true }, async ({ request, signal }) => {
      seen.push(request.deliveryInfo.redelivered)
      await gate.pass(signal)
      return 'done'
    })
    const first = await rig.start()
    const result = await task.delay()
    await gate.reached(1)
    await first.terminate()
    await rig.start()
    await gate.reached(2)
    gate.open()
    expect(await result.get({ timeout: 5 })).toBe('done')
    expect(seen).toEqual([false, true])
  })

  it('does not start what waited for a slot on a connection that was lost', async () => {
    const rig = createRig()
    const gate = new Gate()
    const started: number[] = []
    const task = rig.app.task('late', { acksLate: true }, async (n: number) => {
      started.push(n)
      await gate.pass()
      return n
    })
    await rig.start({ concurrency: 1, prefetchMultiplier: 4 })
    const results = await Promise.all([1, 2, 3].map(n => task.delay(n)))
    await gate.reached(1)
    await rig.cut()
    await rig.line('Trying to re-establish')
    gate.open()
    for (const result of results) await result.get({ timeout: 5 })
    await rig.empty()
    expect(started.filter(n => n === 2)).toHaveLength(1)
    expect(started.filter(n => n === 3)).toHaveLength(1)
  })
})

describe('what the broker is told of a task with late ack', () => {
  it('[CF-10] a failure is acknowledged or dropped as acks_on_failure says', async () => {
    const rig = createRig({ taskAcksLate: true })
    const fail = (): never => {
      throw new Error('no')
    }
    const acked = rig.app.task('acked', fail)
    const dropped = rig.app.task('dropped', { acksOnFailure: false }, fail)
    await rig.start()
    await acked.delay().get({ propagate: false })
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('ack confirmed')
    await dropped.delay().get({ propagate: false })
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('reject confirmed')
  })

  it('[CF-10] a timeout is acknowledged, or given back as acks_on_timeout says', async () => {
    const rig = createRig({ taskAcksLate: true, taskAcksOnTimeout: false })
    const redelivered: boolean[] = []
    const options = { bind: true, timeLimit: 0.05 } as const
    const task = rig.app.task('slow', options, ({ request }) => {
      redelivered.push(request.deliveryInfo.redelivered)
      return redelivered.length === 1 ? new Promise(() => undefined) : 'second time'
    })
    await rig.start()
    await task.delay()
    await until(
      () => (redelivered.length === 2 ? true : undefined),
      () => 'a second delivery'
    )
    expect(redelivered).toEqual([false, true])
    await rig.empty()
    expect(rig.journal).toContain('reject confirmed')
  })

  it('[CF-09] acks_on_failure_or_timeout decides for both where the newer settings are not given', async () => {
    const rig = createRig({ taskAcksLate: true, taskAcksOnFailureOrTimeout: false })
    const fail = rig.app.task('fail', () => {
      throw new Error('no')
    })
    const slow = rig.app.task(
      'slow',
      { timeLimit: 0.05, acksOnFailureOrTimeout: true },
      () => new Promise(() => undefined)
    )
    await rig.start()
    await fail.delay().get({ propagate: false })
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('reject confirmed')
    await slow.delay().get({ propagate: false })
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('ack confirmed')
  })
})

describe('by the task’s own options, against the settings', () => {
  const fail = (): never => {
    throw new Error('no')
  }
  const hang = (): Promise<never> => new Promise(() => undefined)

  it('[T-20] acksLate, acksOnFailureOrTimeout, acksOnFailure, acksOnTimeout and rejectOnWorkerLost', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    const timeLimit = 0.05
    const dropped = { acksLate: true, acksOnFailureOrTimeout: false }
    const options = {
      early: {},
      late: { acksLate: true },
      both: dropped,
      failure: { ...dropped, acksOnFailure: true },
      onlyFailure: { acksLate: true, acksOnFailure: false }
    }
    for (const [name, own] of Object.entries(options)) rig.app.task(name, own, fail)
    let runs = 0
    const once = (): unknown => (++runs % 2 === 1 ? hang() : 'second time')
    rig.app.task('timeout', { ...dropped, acksOnTimeout: true, timeLimit }, hang)
    rig.app.task('bothTimeout', { ...dropped, timeLimit }, once)
    rig.app.task('onlyTimeout', { acksLate: true, acksOnTimeout: false, timeLimit }, once)
    const worker = await rig.start({ concurrency: 1 })
    const told = async (name: string): Promise<string> => {
      const before = rig.journal.length
      const result = await rig.app.sendTask(name, [])
      await result.get({ timeout: 5, propagate: false })
      await rig.empty()
      return rig.journal
        .slice(before)
        .filter(line => /^(store|.* confirmed)/.test(line))
        .join(', ')
    }
    const all: Record<string, string> = {}
    for (const name of [...Object.keys(options), 'timeout']) all[name] = await told(name)
    expect(all).toEqual({
      early: expect.stringMatching(/^(start|ack) confirmed, store FAILURE/),
      late: 'store FAILURE, ack confirmed',
      both: 'store FAILURE, reject confirmed',
      failure: 'store FAILURE, ack confirmed',
      onlyFailure: 'store FAILURE, reject confirmed',
      timeout: 'store FAILURE, ack confirmed'
    })
    for (const name of ['bothTimeout', 'onlyTimeout']) {
      const before = runs
      await rig.app.sendTask(name, [])
      await until(
        () => (runs === before + 2 ? true : undefined),
        () => `a second run of ${name}`
      )
      await rig.empty()
    }
    await worker.stop()
    const again = rig.journal.filter(line => line === 'reject confirmed').length
    await rig.start({ pool: 'threads', concurrency: 1 }, { module: location })
    const lost = await rig.app.sendTask('fixture.exitOnce', [])
    expect(await lost.get({ timeout: 10 })).toBe('again')
    expect(rig.journal.filter(line => line === 'reject confirmed')).toHaveLength(again + 1)
  })
})

it('[CF-15] stores nothing with task_ignore_result, unless the call wants it', async () => {
  const rig = createRig({ taskIgnoreResult: true })
  const task = rig.app.task('add', (x: number, y: number) => x + y)
  await rig.start()
  const ignored = await task.delay(1, 1)
  expect(await task.applyAsync([2, 2], { ignoreResult: false }).get({ timeout: 5 })).toBe(4)
  await rig.line(`add[${ignored.id}] succeeded`)
  await rig.empty()
  expect(await ignored.state()).toBe('PENDING')
})
