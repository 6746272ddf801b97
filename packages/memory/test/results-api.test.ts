import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  failureMeta,
  getResult,
  getState,
  getTraceback,
  type ResultBackend,
  resolveBackend,
  retryMeta,
  revokedMeta,
  startedMeta,
  successMeta,
  waitFor,
  withRetries
} from '@umbel/backend'
import { memoryBackend } from '@umbel/memory'
import { groupTuple, taskTuple, TimeoutError } from '@umbel/protocol'
import { FakeClock } from '@umbel/runtime/conformance'

const error = { exc_type: 'ValueError', exc_message: ['boom'], exc_module: 'builtins' }

describe('the API that every result store has', () => {
  let clock: FakeClock
  let backend: ResultBackend
  beforeEach(async () => {
    clock = new FakeClock()
    backend = await memoryBackend().connect('memory://', { clock, expires: 60 })
  })
  afterEach(() => backend.close())

  it('[RB-03] stores and marks each state, and reads state, result and traceback', async () => {
    const context = { taskId: 't', now: clock.now() }
    expect([await getState(backend, 't'), await getResult(backend, 't')]).toEqual(['PENDING', null])
    await backend.store([startedMeta(context, { pid: 7, hostname: 'umbel@here' })])
    expect([await getState(backend, 't'), await getResult(backend, 't')]).toEqual([
      'STARTED',
      { pid: 7, hostname: 'umbel@here' }
    ])
    await backend.store([retryMeta(context, error, 'Retry in 1s')])
    expect([await getState(backend, 't'), await getTraceback(backend, 't')]).toEqual(['RETRY', 'Retry in 1s'])
    await backend.store([failureMeta(context, error, 'Traceback …')])
    expect(await getState(backend, 't')).toBe('FAILURE')
    expect(await getResult(backend, 't')).toEqual(error)
    expect(await getTraceback(backend, 't')).toBe('Traceback …')
    await backend.store([revokedMeta(context)])
    expect([await getState(backend, 't'), await getTraceback(backend, 't')]).toEqual(['REVOKED', null])
    await backend.store([successMeta(context, 4)])
    expect([await getState(backend, 't'), await getResult(backend, 't')]).toEqual(['SUCCESS', 4])
  })

  it('[RB-03] waits for a result, forgets it, cleans up, and saves, restores and deletes groups', async () => {
    const waiting = waitFor(backend, 't', { timeout: 10, clock })
    await backend.store([successMeta({ taskId: 't', now: clock.now() }, 4)])
    expect((await waiting).result).toBe(4)
    await backend.forget(['t'])
    expect(await getState(backend, 't')).toBe('PENDING')
    const group = groupTuple('g', [taskTuple('a'), taskTuple('b')])
    await backend.saveGroup('g', group)
    expect(await backend.loadGroup('g')).toEqual(group)
    await backend.forgetGroup('g')
    expect(await backend.loadGroup('g')).toBeUndefined()
    await backend.store([successMeta({ taskId: 'old', now: clock.now() }, 1)])
    await clock.advance(61_000)
    expect([await backend.sweep(), await getState(backend, 'old')]).toEqual([1, 'PENDING'])
  })

  it('waits no longer than it is told, and says for what', async () => {
    const waiting = waitFor(backend, 't', { timeout: 10, clock }).catch((thrown: unknown) => thrown)
    await clock.advance(10_000)
    const failure = await waiting
    expect(failure).toBeInstanceOf(TimeoutError)
    expect((failure as Error).message).toBe('task t has no result after 10 s (memory://)')
    expect(clock.timers).toBe(0)
  })

  it('is the same behind retries', async () => {
    const retrying = withRetries(backend, { alwaysRetry: true, clock })
    await retrying.openChord('g', 1, {
      task: 'xsum',
      args: [],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false
    })
    const meta = successMeta({ taskId: 't', now: clock.now() }, 4)
    const [join] = await retrying.storeParts([{ groupId: 'g', index: 0, meta }])
    expect(join).toMatchObject({ groupId: 'g', parts: [meta] })
    expect(await retrying.load(['t', 'u'])).toEqual([meta, undefined])
  })
})

describe('the memory of the memory store', () => {
  it('[TH-03] is selected by cache+memory:// and by memory://, and named by the URL', async () => {
    const factory = memoryBackend()
    const connect = (url: string) => {
      const resolved = resolveBackend(url, [factory])
      return resolved.factory.connect(resolved.url)
    }
    const [cache, same, named] = await Promise.all(['cache+memory://', 'memory://', 'memory://other'].map(connect))
    await cache?.store([successMeta({ taskId: 't', now: 0 }, 4)])
    expect((await same?.load(['t']))?.[0]?.result).toBe(4)
    expect(await named?.load(['t'])).toEqual([undefined])
    const stranger = await memoryBackend().connect('memory://')
    expect(await stranger.load(['t'])).toEqual([undefined])
  })

  it('stays bounded: expired results go while others come, without a clean-up', async () => {
    const clock = new FakeClock()
    const backend = await memoryBackend().connect('memory://', { clock, expires: 1 })
    for (let second = 0; second < 50; second++) {
      await backend.store(Array.from({ length: 100 }, (_, i) => successMeta({ taskId: `${second}-${i}`, now: 0 }, i)))
      await clock.advance(1001)
    }
    expect(await backend.sweep()).toBeLessThanOrEqual(300)
  })

  it('sets no timers, so that it never keeps a process alive', async () => {
    const clock = new FakeClock()
    const backend = await memoryBackend().connect('memory://', { clock })
    await backend.store([successMeta({ taskId: 't', now: 0 }, 1)])
    await backend.watch(['u'], () => undefined)
    expect(clock.timers).toBe(0)
  })
})
