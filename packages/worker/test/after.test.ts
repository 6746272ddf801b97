import { describe, expect, it } from '@jest/globals'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig } from './rig.js'
import { Gate, until } from './until.js'

describe('the order around a task', () => {
  it('[T-34] before_start, body, link and chain sent, result stored, on_success, after_return, and only then the late ack', async () => {
    const rig = createRig()
    const { journal } = rig
    const next = rig.app.task('next', { acksLate: true }, (x: number) => x)
    const link = rig.app.task('link', { acksLate: true }, (x: number) => x)
    const hooks = {
      beforeStart: () => void journal.push('before_start'),
      onSuccess: () => void journal.push('on_success'),
      afterReturn: () => void journal.push('after_return')
    }
    const task = rig.app.task('hooked', { acksLate: true, ...hooks }, (x: number) => {
      journal.push('body')
      return x
    })
    await rig.start({ concurrency: 1 })
    const result = await rig.app.chain(task.s(1).link(link.s()), next.s()).delay()
    expect(await result.get({ timeout: 5 })).toBe(1)
    await rig.empty()
    const start = journal.indexOf('before_start')
    expect(journal.slice(start, start + 8)).toEqual([
      'before_start',
      'body',
      'publish link',
      'publish next',
      'store SUCCESS',
      'on_success',
      'after_return',
      'ack begins'
    ])
  })

  it('after a failure: errbacks sent, FAILURE stored, on_failure, after_return', async () => {
    const rig = createRig()
    const { journal } = rig
    const errback = rig.app.task('errback', (_id: string) => undefined)
    const hooks = {
      onFailure: () => void journal.push('on_failure'),
      afterReturn: () => void journal.push('after_return')
    }
    const task = rig.app.task('failing', hooks, () => {
      throw new Error('no')
    })
    await rig.start({ concurrency: 1 })
    await task.applyAsync([], { linkError: errback.s() })
    await rig.line(/errback\[.*succeeded/)
    const relevant = journal.filter(line => !line.startsWith('ack'))
    const sent = relevant.indexOf('publish errback')
    expect(relevant.slice(sent, sent + 4)).toEqual(['publish errback', 'store FAILURE', 'on_failure', 'after_return'])
  })

  it('a retry leaves before on_retry: a worker killed there has sent it', async () => {
    const rig = createRig()
    const { journal } = rig
    const gate = new Gate()
    const hooks = { onRetry: () => gate.pass() }
    const task = rig.app.task('again', { bind: true, ...hooks }, self =>
      self.request.retries === 0 ? self.retry({ countdown: 0 }) : 'second'
    )
    await rig.start({ concurrency: 2 })
    const result = await task.delay()
    await gate.reached(1)
    expect(await result.get({ timeout: 5 })).toBe('second')
    expect(journal).toContain('store RETRY')
    expect(rig.sent.filter(({ message }) => message.headers['retries'] === 1)).toHaveLength(1)
    gate.open()
    await rig.empty()
    expect(rig.sent.filter(({ message }) => message.headers['retries'] === 1)).toHaveLength(1)
  })

  it.each(['inline', 'async'] as const)('hooks have the task’s own context (%s)', async pool => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool, concurrency: 1 }, { module: location })
    const result = await rig.app.sendTask('fixture.hooked', ['value'])
    expect(await result.get({ timeout: 5 })).toBe('value')
    expect((await rig.line('on_success value')).fields).toMatchObject({ task_id: result.id })
    await rig.line('after_return SUCCESS as fixture.hooked')
  })
})

describe('hooks that take their time', () => {
  const slow = (gate: Gate): { onSuccess: () => Promise<void> } => ({ onSuccess: () => gate.pass() })

  it('keep the slot and the late message, while the result is there already', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('slow', { acksLate: true, ...slow(gate) }, (n: number) => n)
    await rig.start({ concurrency: 1 })
    const [first, second] = await Promise.all([task.delay(1), task.delay(2)])
    expect(await first.get({ timeout: 5 })).toBe(1)
    await gate.reached(1)
    expect(await rig.stat()).toMatchObject({ ready: 1, unacked: 1 })
    gate.open()
    expect(await second.get({ timeout: 5 })).toBe(2)
    await rig.empty()
  })

  it('are waited for by a warm shutdown', async () => {
    const rig = createRig()
    const gate = new Gate()
    let after = false
    const hooks = { ...slow(gate), afterReturn: () => void (after = true) }
    const task = rig.app.task('slow', { acksLate: true, ...hooks }, () => 1)
    const worker = await rig.start({ concurrency: 1 })
    await task.delay()
    await gate.reached(1)
    let stopped = false
    const stopping = worker.stop().then(() => (stopped = true))
    await rig.stat()
    expect(stopped).toBe(false)
    gate.open()
    await stopping
    expect(after).toBe(true)
    await rig.empty()
  })

  it('are ended by a cold shutdown and by the hard time limit, which change nothing that is stored', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('limited', { timeLimit: 0.05, acksLate: true, ...slow(gate) }, () => 1)
    const endless = rig.app.task('endless', { acksLate: true, ...slow(gate) }, () => 2)
    const worker = await rig.start({ concurrency: 1 })
    const limited = await task.delay()
    await rig.line('Hard time limit')
    await rig.empty()
    const cold = await endless.delay()
    await gate.reached(2)
    await worker.terminate()
    await rig.empty()
    expect([await limited.state(), await cold.state()]).toEqual(['SUCCESS', 'SUCCESS'])
  })

  it('run once when the connection is cut meanwhile: the late ack is given over the new one', async () => {
    const rig = createRig({}, { leases: true })
    const gate = new Gate()
    const onSuccess = (): Promise<void> => gate.pass()
    const task = rig.app.task('slow', { acksLate: true, onSuccess }, () => 1)
    await rig.start({ concurrency: 2 })
    await task.delay()
    await gate.reached(1)
    await rig.cut()
    await until(
      async () => ((await rig.stat()).unacked === 1 ? true : undefined),
      () => 'the message, with its worker again'
    )
    gate.open()
    await rig.empty()
    expect(gate.arrived).toBe(1)
  })
})
