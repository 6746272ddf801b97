import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { ImproperlyConfigured, SoftTimeLimitExceeded, TimeLimitExceeded } from '@umbel/protocol'
import { TaskDefinitionError } from '@umbel/app'
import { location } from './fixtures/tasks.js'
import { registerTasks } from './fixtures/register.js'
import { createRig } from './rig.js'
import { Gate } from './until.js'

const never = (): Promise<never> => new Promise(() => undefined)

describe('the soft time limit', () => {
  it('[CF-19] aborts the signal of the task with SoftTimeLimitExceeded, so that it can clean up', async () => {
    const rig = createRig({ taskSoftTimeLimit: 0.05 })
    const task = rig.app.task('clean', { bind: true }, async ({ signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      return signal.reason instanceof SoftTimeLimitExceeded ? 'cleaned up' : String(signal.reason)
    })
    const careless = rig.app.task('careless', { bind: true }, ({ signal }) => new Gate().pass(signal))
    await rig.start()
    expect(await task.delay().get({ timeout: 5 })).toBe('cleaned up')
    await rig.line('Soft time limit (0.05s) exceeded for clean[')
    await expect(careless.delay().get({ timeout: 5 })).rejects.toBeInstanceOf(SoftTimeLimitExceeded)
  })

  it('is what the task failed of when Node threw an AbortError for it; an AbortError of the body alone stays one', async () => {
    const rig = createRig()
    const patient = rig.app.task('patient', { bind: true, softTimeLimit: 0.05 }, async ({ signal }) => {
      await pause(60_000, undefined, { signal })
    })
    const own = rig.app.task('own', async () => await pause(60_000, undefined, { signal: AbortSignal.abort() }))
    await rig.start()
    await expect(patient.delay().get({ timeout: 5 })).rejects.toBeInstanceOf(SoftTimeLimitExceeded)
    await expect(own.delay().get({ timeout: 5 })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('lets a body that ignores it run on to the hard limit, with a warning', async () => {
    const rig = createRig()
    const task = rig.app.task('deaf', { softTimeLimit: 0.02, timeLimit: 0.1 }, never)
    await rig.start()
    const error = await task.delay().get({ timeout: 5, propagate: false })
    expect(error).toBeInstanceOf(TimeLimitExceeded)
    expect(rig.messages.filter(line => line.includes('time limit'))).toEqual([
      expect.stringContaining('warn: Soft time limit (0.02s) exceeded for deaf['),
      expect.stringContaining('error: Hard time limit (0.1s) exceeded for deaf[')
    ])
  })
})

describe('the hard time limit', () => {
  it('[CF-18] ends the task with FAILURE TimeLimitExceeded, which names the limit, and tells its errbacks', async () => {
    const rig = createRig({ taskTimeLimit: 0.05 })
    const told: string[] = []
    const task = rig.app.task('stuck', never)
    const errback = rig.app.task('errback', (id: string) => {
      told.push(id)
    })
    await rig.start()
    const result = await task.applyAsync([], { linkError: errback.s() })
    const error = await result.get({ timeout: 5, propagate: false })
    expect(error).toBeInstanceOf(TimeLimitExceeded)
    expect((error as TimeLimitExceeded).args).toEqual([0.05])
    expect(await result.state()).toBe('FAILURE')
    await rig.line('errback[')
    await rig.empty()
    expect(told).toEqual([result.id])
  })

  it('[T-16] the call wins over the task, the task over the worker; a soft limit above the hard one is refused', async () => {
    const rig = createRig()
    const own = rig.app.task('own', { timeLimit: 0.05 }, never)
    const patient = rig.app.task('patient', { timeLimit: 60 }, never)
    const plain = rig.app.task('plain', never)
    await rig.start({ timeLimit: 0.1 })
    const limitOf = async (call: { get(options: object): Promise<unknown> }): Promise<unknown> =>
      ((await call.get({ timeout: 5, propagate: false })) as TimeLimitExceeded).args
    expect(await limitOf(own.delay())).toEqual([0.05])
    expect(await limitOf(plain.delay())).toEqual([0.1])
    expect(await limitOf(patient.applyAsync([], { timeLimit: 0.07 }))).toEqual([0.07])
    expect(() => rig.app.task('odd', { softTimeLimit: 2, timeLimit: 1 }, never)).toThrow(TaskDefinitionError)
    await expect(rig.createWorker({ softTimeLimit: 2, timeLimit: 1 }).start()).rejects.toThrow(ImproperlyConfigured)
  })

  it('frees the slot', async () => {
    const rig = createRig({ taskTimeLimit: 0.05 })
    const stuck = rig.app.task('stuck', never)
    const quick = rig.app.task('quick', () => 'quick')
    await rig.start({ concurrency: 1 })
    await stuck.delay()
    expect(await quick.delay().get({ timeout: 5 })).toBe('quick')
  })
})

describe('limits in threads', () => {
  it('the thread of a blocked task is replaced, its neighbours are given back or failed, others finish', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'threads', concurrency: 2 }, { module: location })
    const { block, echo } = fixtureCalls(rig)
    const blocked = await block(60_000, { timeLimit: 0.3 })
    const neighbour = await echo('neighbour')
    expect(await neighbour.get({ timeout: 5 })).toBe('neighbour')
    expect(await blocked.get({ timeout: 5, propagate: false })).toBeInstanceOf(TimeLimitExceeded)
    const after = await Promise.all([echo(1), echo(2), echo(3)])
    expect(await Promise.all(after.map(result => result.get({ timeout: 5 })))).toEqual([1, 2, 3])
  })

  it('[W-17] the soft limit reaches a body in a thread', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'async', concurrency: 2 }, { module: location })
    const result = await rig.app.sendTask('fixture.patient', [], { softTimeLimit: 0.1 })
    expect(await result.get({ timeout: 5 })).toBe('SoftTimeLimitExceeded')
  })

  function fixtureCalls(rig: ReturnType<typeof createRig>) {
    return {
      block: (milliseconds: number, options: object) => rig.app.sendTask('fixture.block', [milliseconds], options),
      echo: (value: unknown) => rig.app.sendTask('fixture.echo', [value])
    }
  }
})
