import { describe, expect, it } from '@jest/globals'
import { BackendError } from '@umbel/backend'
import { fastClock } from './fast-clock.js'
import { createRig } from './rig.js'
import { until } from './until.js'

const away = new BackendError('nobody answers', { recoverable: true })

describe('a result store that is away', () => {
  it('is said once, and once more when it is back; nothing is lost meanwhile', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    rig.tap.storeError = away
    const sent = await Promise.all([1, 2, 3].map(n => add.delay(n, n)))
    await rig.line('does not answer: nobody answers; trying again')
    rig.tap.storeError = undefined
    expect(await Promise.all(sent.map(result => result.get({ timeout: 10 })))).toEqual([2, 4, 6])
    await rig.line('answers again')
    expect(rig.messages.filter(line => /does not answer|answers again/.test(line))).toEqual([
      'warn: the result store memory://rig does not answer: nobody answers; trying again',
      'info: the result store memory://rig answers again'
    ])
  })

  it('holds up the tasks to come: not all of them run while nothing can be told of those that did', async () => {
    const rig = createRig()
    let ran = 0
    const task = rig.app.task('count', () => ++ran)
    rig.tap.storeError = away
    const sent = await Promise.all(Array.from({ length: 3000 }, () => task.delay()))
    await rig.start({ concurrency: 4 })
    await rig.line('no more tasks are started')
    const held = await rig.stat()
    expect(held.ready).toBeGreaterThan(1000)
    expect(ran).toBeLessThan(1100)
    rig.tap.storeError = undefined
    await Promise.all(sent.map(result => result.get({ timeout: 20 })))
    expect(ran).toBe(3000)
    await rig.empty()
  }, 30_000)

  it('and a task whose hooks wait for it do not keep a worker beyond its shutdown timeout', async () => {
    const rig = createRig()
    const hooks = { onSuccess: () => rig.journal.push('hook') as never }
    const task = rig.app.task('hooked', { acksLate: true, ...hooks }, () => 1)
    const worker = await rig.start({ shutdownTimeout: 0.1 })
    rig.tap.storeError = away
    await task.delay()
    await rig.line('does not answer')
    await worker.stop()
    expect(rig.journal).not.toContain('hook')
  }, 15_000)

  it('does not keep a worker whose work is done from stopping, though a sweep waits for it', async () => {
    const rig = createRig({ clock: fastClock(50) })
    const worker = await rig.start()
    rig.tap.storeError = away
    await until(
      () => (rig.journal.includes('sweep fails') ? true : undefined),
      () => 'a sweep'
    )
    await worker.stop()
  })

  it('does not keep a worker beyond its shutdown timeout; what could not be stored is named', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const worker = await rig.start({ shutdownTimeout: 0.1 })
    rig.tap.storeError = away
    const { id } = await add.delay(1, 1)
    await rig.line('does not answer')
    await worker.stop()
    await rig.line(`the result of task ${id} was not stored`)
  }, 15_000)
})
