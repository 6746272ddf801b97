import { hostname } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { AbortableAsyncResult } from '@umbel/app'
import { Ignore, Reject, type ResultMeta } from '@umbel/protocol'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig, type Rig } from './rig.js'
import { Gate, until } from './until.js'

async function metaOf(rig: Rig, id: string): Promise<ResultMeta | undefined> {
  const [meta] = await (await rig.app.services.gateway().backend()).load([id])
  return meta
}

describe('STARTED', () => {
  it('[ST-02][CF-17] is stored with pid and worker name where tracking is on, by setting or task', async () => {
    const rig = createRig({ taskTrackStarted: true })
    const gate = new Gate()
    const tracked = rig.app.task('tracked', () => gate.pass())
    const quiet = rig.app.task('quiet', { trackStarted: false }, () => gate.pass())
    const worker = await rig.start()
    const [first, second] = await Promise.all([tracked.delay(), quiet.delay()])
    await gate.reached(2)
    const meta = await until(
      () => metaOf(rig, first.id),
      () => 'a record'
    )
    expect(meta).toMatchObject({ status: 'STARTED', result: { pid: process.pid, hostname: worker.hostname } })
    expect(worker.hostname).toBe(`umbel@${hostname()}`)
    expect(await second.state()).toBe('PENDING')
    gate.open()
    await first.get({ timeout: 5 })
    expect(await first.state()).toBe('SUCCESS')
  })
})

describe('what is stored', () => {
  it('[ST-03] SUCCESS with the value, FAILURE with the error and its traceback', async () => {
    const rig = createRig()
    const good = rig.app.task('good', () => ({ a: [1, null] }))
    const bad = rig.app.task('bad', () => {
      throw new RangeError('out')
    })
    await rig.start()
    const [first, second] = await Promise.all([good.delay(), bad.delay()])
    expect(await first.get({ timeout: 5 })).toEqual({ a: [1, null] })
    await expect(second.get({ timeout: 5 })).rejects.toThrow(RangeError)
    expect(await metaOf(rig, first.id)).toMatchObject({ status: 'SUCCESS', traceback: null, children: [] })
    const failed = await metaOf(rig, second.id)
    expect(failed).toMatchObject({ status: 'FAILURE', result: { exc_message: ['out'] } })
    expect(failed?.traceback).toContain('RangeError: out')
    expect(await second.traceback()).toContain('states.test')
  })

  it('[T-17] ignoreResult says whether, first by the call, then by the task', async () => {
    const rig = createRig()
    const ignoring = rig.app.task('ignoring', { ignoreResult: true }, () => 1)
    const keeping = rig.app.task('keeping', () => 2)
    await rig.start()
    const ids = {
      task: (await ignoring.delay()).id,
      call: (await keeping.applyAsync([], { ignoreResult: true })).id,
      wanted: (await ignoring.applyAsync([], { ignoreResult: false })).id,
      kept: (await keeping.delay()).id
    }
    for (const id of Object.values(ids)) await rig.line(`[${id}] succeeded`)
    for (const id of [ids.wanted, ids.kept]) await rig.app.asyncResult(id).get({ timeout: 5 })
    expect(await metaOf(rig, ids.task)).toBeUndefined()
    expect(await metaOf(rig, ids.call)).toBeUndefined()
    expect(await metaOf(rig, ids.wanted)).toMatchObject({ result: 1 })
    expect(await metaOf(rig, ids.kept)).toMatchObject({ result: 2 })
  })

  it('[CF-16][T-18] errors are stored even if results are ignored, by setting or task', async () => {
    const fail = (): never => {
      throw new Error('no')
    }
    const rig = createRig({ taskIgnoreResult: true })
    const dropped = rig.app.task('dropped', fail)
    const kept = rig.app.task('kept', { storeErrorsEvenIfIgnored: true }, fail)
    const other = createRig({ taskIgnoreResult: true, taskStoreErrorsEvenIfIgnored: true })
    const all = other.app.task('all', fail)
    await Promise.all([rig.start(), other.start()])
    const [first, second, third] = await Promise.all([dropped.delay(), kept.delay(), all.delay()])
    await expect(second.get({ timeout: 5 })).rejects.toThrow('no')
    await expect(third.get({ timeout: 5 })).rejects.toThrow('no')
    await rig.line(`dropped[${first.id}] raised unexpected`)
    await rig.empty()
    expect(await metaOf(rig, first.id)).toBeUndefined()
  })

  it('runs tasks without a result store', async () => {
    const rig = createRig({ backend: 'disabled' })
    const task = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    const result = await task.delay(2, 2)
    await rig.line(`add[${result.id}] succeeded`)
    await rig.empty()
    expect(rig.messages.filter(line => /^(error|critical|warn)/.test(line))).toEqual([])
  })
})

describe('states of a task’s own', () => {
  it('[T-40][ST-06] updateState stores any state with its meta, and the result comes after it', async () => {
    const rig = createRig()
    const gate = new Gate()
    const task = rig.app.task('long', { bind: true }, async self => {
      await self.updateState({ state: 'PROGRESS', meta: { done: 3, of: 7 } })
      await self.updateState({ state: 'TOUCHED', taskId: 'another' })
      await gate.pass()
      return 'done'
    })
    await rig.start()
    const result = await task.delay()
    await gate.reached(1)
    expect(await result.state()).toBe('PROGRESS')
    expect(await metaOf(rig, result.id)).toMatchObject({ result: { done: 3, of: 7 } })
    expect(await metaOf(rig, 'another')).toMatchObject({ status: 'TOUCHED', result: null })
    gate.open()
    expect(await result.get({ timeout: 5 })).toBe('done')
  })
})

describe('abortable tasks', () => {
  it.each(['inline', 'async'] as const)(
    '[T-49] abort() on the client stores ABORTED in the backend, which isAborted() in the task reads (%s)',
    async pool => {
      const rig = createRig()
      registerTasks(rig.app)
      await rig.start({ pool, concurrency: 1 }, { module: location })
      const { id } = await rig.app.sendTask('fixture.untilAborted', [])
      const result = rig.app.abortableResult(id)
      expect(result).toBeInstanceOf(AbortableAsyncResult)
      expect(await result.isAborted()).toBe(false)
      await result.abort()
      expect(await metaOf(rig, id)).toMatchObject({ status: expect.stringMatching(/ABORTED|SUCCESS/) })
      expect(rig.journal).toContain('store ABORTED')
      expect(await result.get({ timeout: 5 })).toBe('ended by itself')
      await result.abort()
      expect(await metaOf(rig, id)).toMatchObject({ status: 'SUCCESS' })
      expect(await result.isAborted()).toBe(false)
      const never = rig.app.abortableResult('nobody')
      await never.abort()
      expect([await never.isAborted(), await never.state(), await never.ready()]).toEqual([true, 'ABORTED', false])
    }
  )
})

describe('an unhandled error', () => {
  it('stores FAILURE with its traceback and runs the errbacks, sent and in process', async () => {
    const rig = createRig()
    const seen: unknown[] = []
    const bad = rig.app.task('bad', () => {
      throw new RangeError('out')
    })
    const sent = rig.app.task('sent', (id: string) => void seen.push(['sent', id]))
    const here = rig.app.task('here', (request: { id: string }, error: Error, traceback: string) => {
      seen.push(['here', request.id, error.message, traceback.includes('RangeError: out')])
    })
    await rig.start()
    const result = await bad.applyAsync([], { linkError: [sent.s(), here.s() as never] })
    await expect(result.get({ timeout: 5 })).rejects.toThrow(RangeError)
    await rig.line(/sent\[.*succeeded/)
    expect(await metaOf(rig, result.id)).toMatchObject({
      status: 'FAILURE',
      traceback: expect.stringContaining('RangeError: out')
    })
    expect(seen.toSorted()).toEqual([
      ['here', result.id, 'out', true],
      ['sent', result.id]
    ])
  })
})

describe('the result in the log', () => {
  it('is cut at resultreprMaxsize, 1024 by default', async () => {
    const rig = createRig()
    const long = rig.app.task('long', (length: number) => 'x'.repeat(length))
    const short = rig.app.task('short', { resultreprMaxsize: 10 }, () => 'y'.repeat(100))
    await rig.start()
    const [first, second] = await Promise.all([long.delay(5000), short.delay()])
    const shown = async (id: string): Promise<string> =>
      (await rig.line(`[${id}] succeeded`)).message.split('s: ')[1] ?? ''
    const around = (text: string): string => text.replaceAll(/[xy]{3,}/g, ({ length }) => `<${length}>`)
    expect(around(await shown(first.id))).toBe("'<1024>...'")
    expect(around(await shown(second.id))).toBe("'<10>...'")
    expect(await first.get({ timeout: 5 })).toHaveLength(5000)
  })
})

describe('predicates', () => {
  it('[T-44] Ignore records nothing; Reject drops with FAILURE, or gives the message back', async () => {
    const rig = createRig({ taskAcksLate: true })
    const redelivered: boolean[] = []
    const ignore = rig.app.task('ignore', () => {
      throw new Ignore()
    })
    const drop = rig.app.task('drop', () => {
      throw new Reject('unusable', { requeue: false })
    })
    const again = rig.app.task('again', { bind: true }, ({ request }) => {
      redelivered.push(request.deliveryInfo.redelivered)
      if (redelivered.length === 1) throw new Reject('not mine', { requeue: true })
      return 'second'
    })
    await rig.start()
    const ignored = await ignore.delay()
    await rig.line(`ignore[${ignored.id}] ignored`)
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('ack confirmed')
    expect(await ignored.state()).toBe('PENDING')
    const dropped = await drop.delay()
    await rig.line(`drop[${dropped.id}] rejected`)
    await rig.empty()
    expect(rig.journal.at(-1)).toBe('reject confirmed')
    expect(await metaOf(rig, dropped.id)).toMatchObject({ status: 'FAILURE', result: { exc_type: 'Reject' } })
    expect(await again.delay().get({ timeout: 5 })).toBe('second')
    expect(redelivered).toEqual([false, true])
  })
})
