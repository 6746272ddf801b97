import { describe, expect, it } from '@jest/globals'
import { chord } from '@umbel/canvas'
import { UmbelError } from '@umbel/runtime'
import { ClosedError } from '@umbel/transport'
import { createRig, type Rig } from './rig.js'
import { Gate, until } from './until.js'

class BusyError extends UmbelError {
  static override readonly code = 'BUSY'
}

/** Takes the messages of the default queue as a worker that begins them and is never heard of again. */
async function beginAndVanish(rig: Rig, count = 1): Promise<void> {
  const connection = await rig.drivers.transport.connect(rig.drivers.url)
  const channel = await connection.openChannel()
  let taken = 0
  const deliver = (batch: readonly { readonly tag: number }[]): void => {
    void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'start' }))).then(() => {
      taken += batch.length
    })
  }
  await channel.consume(['celery'], { deliver, lost: () => undefined }, { prefetch: 0 })
  await until(
    () => (taken >= count ? true : undefined),
    () => `${count} begun messages`
  )
  await connection.close()
}

describe('early ack, and the worker is gone', () => {
  it('[W-24] is not run again: FAILURE WorkerLostError, and its errbacks are called', async () => {
    const rig = createRig()
    let ran = 0
    const failed: unknown[] = []
    const early = rig.app.task('early', () => ++ran)
    const onError = rig.app.task('on_error', (...args: unknown[]) => void failed.push(args[1]))
    const result = await early.applyAsync([], { linkError: onError.s() })
    await beginAndVanish(rig)
    await rig.start()
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({
      name: 'WorkerLostError',
      message: expect.stringContaining('the worker that ran it is gone')
    })
    await rig.empty()
    expect(ran).toBe(0)
    expect(failed).toHaveLength(1)
  })

  it('keeps the result that it stored just before', async () => {
    const rig = createRig()
    const early = rig.app.task('early', () => 'again')
    const result = await early.delay()
    const backend = await rig.app.services.gateway().backend()
    const meta = { children: [], date_done: null, traceback: null, task_id: result.id }
    await backend.store([
      { ...meta, status: 'FAILURE', result: { exc_type: 'Error', exc_message: ['its own'], exc_module: 'builtins' } }
    ])
    await beginAndVanish(rig)
    await rig.start()
    await rig.empty()
    await expect(result.get({ timeout: 5 })).rejects.toThrow('its own')
  })

  it('fails the chord that waits for it', async () => {
    const rig = createRig()
    const early = rig.app.task('early', () => 1)
    const sum = rig.app.task('sum', (xs: number[]) => xs.length)
    const result = await chord([early.s(), early.s()], sum.s()).delay()
    await beginAndVanish(rig, 2)
    await rig.start()
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ name: 'ChordError' })
    await rig.empty()
  })

  it('is acknowledged for good at its start where nobody would be told', async () => {
    const rig = createRig({ taskIgnoreResult: true })
    const gate = new Gate()
    const early = rig.app.task('early', () => gate.pass())
    await rig.start()
    await early.delay()
    await gate.reached(1)
    expect(await rig.stat()).toMatchObject({ ready: 0, unacked: 0 })
    gate.open()
    await rig.line('succeeded')
  })
})

it('early ack that the broker could not take is given again, and the body runs once', async () => {
  const rig = createRig()
  let ran = 0
  const task = rig.app.task('early', () => ++ran)
  await rig.start()
  rig.tap.settleError = new BusyError('the disk is full', { recoverable: true })
  const result = await task.delay()
  await rig.line('was not started: its ack failed (the disk is full); trying again')
  expect(ran).toBe(0)
  rig.tap.settleError = undefined
  expect(await result.get({ timeout: 5 })).toBe(1)
  await rig.empty()
})

describe.each(['late', 'early'])('%s ack, and the connection is cut', kind => {
  const acksLate = kind === 'late'

  it('is not run twice by the worker that runs it still, and its ack is given over the new connection', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', { acksLate }, async () => {
      await gate.pass()
      return gate.arrived
    })
    await rig.start()
    const result = await task.delay()
    await gate.reached(1)
    await rig.cut()
    await rig.line('Connected to')
    await until(
      async () => ((await rig.stat()).unacked === 1 ? true : undefined),
      () => 'the message, with its worker again'
    )
    gate.open()
    expect(await result.get({ timeout: 5 })).toBe(1)
    await rig.empty()
    expect(gate.arrived).toBe(1)
  })

  it('is not run again when only its ack went unheard', async () => {
    const rig = createRig()
    let ran = 0
    const gate = new Gate()
    const task = rig.app.task('quick', { acksLate }, async () => {
      await gate.pass()
      return ++ran
    })
    await rig.start()
    const result = await task.delay()
    await gate.reached(1)
    rig.tap.settleError = new Error('cut')
    gate.open()
    await rig.line('the broker could not be told')
    rig.tap.settleError = undefined
    await rig.cut()
    await rig.empty()
    expect(await result.get({ timeout: 5 })).toBe(1)
    expect(ran).toBe(1)
  })

  it('is told again where the broker could not take it and its connection lives on', async () => {
    const rig = createRig()
    let ran = 0
    const gate = new Gate()
    const task = rig.app.task('quick', { acksLate }, async () => {
      await gate.pass()
      return ++ran
    })
    await rig.start()
    await task.delay()
    await gate.reached(1)
    rig.tap.settleError = new BusyError('the disk is full', { recoverable: true })
    gate.open()
    await rig.line(/could not be told.*the disk is full; trying again/)
    rig.tap.settleError = undefined
    await rig.empty()
    expect(ran).toBe(1)
  })

  it('is retried all the same when its connection was closed before the retry could leave with the ack', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('again', { bind: true, acksLate, maxRetries: 3 }, async self => {
      if (self.request.retries > 0) return 'retried'
      await gate.pass()
      return self.retry({ countdown: 0 })
    })
    await rig.start()
    const result = await task.delay()
    await gate.reached(1)
    rig.tap.settleError = new ClosedError('the channel is closed')
    gate.open()
    await until(
      async () => ((await result.state()) === 'RETRY' ? true : undefined),
      () => 'the record of the retry'
    )
    if (acksLate) await rig.line('the broker could not be told')
    rig.tap.settleError = undefined
    await rig.cut()
    expect(await result.get({ timeout: 5 })).toBe('retried')
    await rig.empty()
    expect(gate.arrived).toBe(1)
  })
})

it('early ack whose answer the cut swallowed: the body, which never began, runs once when the message is back', async () => {
  const rig = createRig()
  let ran = 0
  const early = rig.app.task('early', () => ++ran)
  await rig.start()
  rig.tap.settleAnswer = new ClosedError('the connection ended before the broker answered')
  const result = await early.delay()
  await rig.line('was not started: its ack failed')
  rig.tap.settleAnswer = undefined
  await rig.cut()
  expect(await result.get({ timeout: 5 })).toBe(1)
  await rig.empty()
  expect(ran).toBe(1)
})
