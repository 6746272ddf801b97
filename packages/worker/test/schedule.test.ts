import { describe, expect, it, jest } from '@jest/globals'
import { type Clock, systemClock } from '@umbel/runtime'
import { parseTask } from '@umbel/protocol'
import { createRig } from './rig.js'
import { Gate, until } from './until.js'

describe('eta and countdown', () => {
  it('[W-26] a task that is not due stays in the store, and starts when it is due', async () => {
    const rig = createRig()
    const task = rig.app.task('now', () => Date.now())
    await rig.start()
    const asked = Date.now()
    const result = await task.applyAsync([], { countdown: 0.15 })
    expect(await rig.stat()).toMatchObject({ delayed: 1, unacked: 0 })
    const ran = await result.get({ timeout: 5 })
    expect(ran - asked).toBeGreaterThanOrEqual(149)
    const eta = new Date(Date.now() + 100)
    expect(await task.applyAsync([], { eta }).get({ timeout: 5 })).toBeGreaterThanOrEqual(eta.getTime() - 1)
  })

  it('[W-26] moves an ETA message of a foreign producer into the store and acknowledges it', async () => {
    const rig = createRig()
    const task = rig.app.task('later', () => 'done')
    await task.applyAsync([], { eta: new Date(Date.now() + 600_000), priority: 4 })
    const { message, eta } = await undelayed(rig)
    await rig.publish(message)
    const worker = await rig.start()
    await rig.line(/later\[.*\] received {2}ETA:/)
    await until(
      async () => ((await rig.stat()).delayed === 1 ? true : undefined),
      () => 'a delayed message'
    )
    expect(await rig.stat()).toMatchObject({ ready: 0, unacked: 0, delayed: 1 })
    expect(eta).not.toBeNull()
    await worker.stop()
    expect(rig.lines.filter(({ message: line }) => line.includes('succeeded'))).toEqual([])
  })

  it('waits out the last moment of a foreign ETA message, and gives it back when it stops', async () => {
    const rig = createRig()
    const task = rig.app.task('soon', () => 'done')
    await task.applyAsync([], { eta: new Date(Date.now() + 300) })
    const { message } = await undelayed(rig)
    await rig.publish(message)
    const first = await rig.start()
    await rig.line('ETA:')
    expect(await rig.stat()).toMatchObject({ unacked: 1, delayed: 0 })
    await first.stop()
    expect(await rig.stat()).toMatchObject({ ready: 1, unacked: 0 })
    await rig.start()
    await rig.line('succeeded')
    await rig.empty()
  })

  /** The message as a producer sends it that knows nothing of delayed queues. */
  async function undelayed(rig: ReturnType<typeof createRig>) {
    const connection = await rig.drivers.transport.connect('memory://rig')
    const channel = await connection.openChannel()
    expect((await channel.stat(['celery']))[0]?.delayed).toBe(1)
    await channel.purge('celery')
    await connection.close()
    const outgoing = rig.sent.at(-1)
    if (outgoing === undefined) throw new Error('nothing was sent')
    const { eta } = parseTask(outgoing.message, rig.app.services.codecs()).headers
    return { message: outgoing.message, eta }
  }
})

describe('expires', () => {
  it('[C-10] takes seconds or a date, marks what expired REVOKED as expired, and warns of a date that is past already', async () => {
    let ahead = 0
    const rig = createRig({ clock: { ...systemClock, now: () => Date.now() + ahead } })
    let ran = 0
    const task = rig.app.task('late', () => ++ran)
    const seconds = await task.applyAsync([], { expires: 60 })
    const date = await task.applyAsync([], { expires: new Date(Date.now() + 60_000) })
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const past = await task.applyAsync([], { expires: new Date(Date.now() - 5000) })
    expect(warnings.mock.calls[0]?.[0]).toMatch(/^a task that expired 5(\.\d+)? s ago will not run$/)
    warnings.mockRestore()
    expect((await rig.stat()).ready).toBe(3)
    ahead = 61_000
    await rig.start()
    await rig.empty()
    for (const result of [seconds, date, past]) {
      await rig.line(`Discarding expired task: late[${result.id}]`)
      expect(await result.meta()).toMatchObject({
        status: 'REVOKED',
        result: { exc_type: 'TaskRevokedError', exc_message: ['expired'] }
      })
    }
    expect(ran).toBe(0)
  })

  it('[W-27] a task that has expired on receipt is REVOKED, acknowledged and does not run', async () => {
    let ahead = 0
    const rig = createRig({ clock: { ...systemClock, now: () => Date.now() + ahead } })
    let ran = 0
    const task = rig.app.task('late', () => ++ran)
    const result = await task.applyAsync([], { expires: new Date(Date.now() + 60_000) })
    ahead = 61_000
    await rig.start()
    await rig.line(`Discarding expired task: late[${result.id}]`)
    await rig.empty()
    expect(await result.state()).toBe('REVOKED')
    await expect(result.get({ timeout: 5 })).rejects.toThrow('expired')
    expect(ran).toBe(0)
  })

  it('[W-27] and also one that expires while it waits for a slot', async () => {
    let ahead = 0
    const clock: Clock = { ...systemClock, now: () => Date.now() + ahead }
    const rig = createRig({ clock })
    const gate = new Gate()
    const started: string[] = []
    const task = rig.app.task('late', { acksLate: true }, async (name: string) => {
      started.push(name)
      await gate.pass()
    })
    const result = await task.applyAsync(['second'], { expires: 60 })
    await task.applyAsync(['first'], { priority: 9 })
    await rig.start({ concurrency: 1, prefetchMultiplier: 2 })
    await gate.reached(1)
    expect(await rig.stat()).toMatchObject({ ready: 0, unacked: 2 })
    ahead = 61_000
    gate.open()
    await rig.line(`Discarding expired task: late[${result.id}]`)
    await rig.empty()
    expect(started).toEqual(['first'])
    expect(await result.state()).toBe('REVOKED')
  })
})
