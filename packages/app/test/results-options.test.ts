import { afterEach, describe, expect, it } from '@jest/globals'
import { createMemory } from '@umbel/memory'
import { TimeoutError } from '@umbel/protocol'
import type { AsyncResult, Umbel } from '../src/index.js'
import { runInTask } from './in-task.js'
import { createApp, fail, rejection, succeed } from './kit.js'

const open: Umbel[] = []
const make = (...given: Parameters<typeof createApp>): Umbel => {
  const app = createApp(...given)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

describe('AsyncResult', () => {
  it.each(['get', 'wait'] as const)('[R-05] %s takes every option of Celery’s', async verb => {
    const app = make()
    const heard: unknown[] = []
    let beats = 0
    const begun = performance.now()
    const value = await app.asyncResult<number>('late')[verb]({
      timeout: 10,
      interval: 0.02,
      noAck: false,
      callback: (id, got) => heard.push([id, got]),
      onMessage: meta => heard.push(meta.status),
      onInterval: () => {
        if (++beats === 2) void succeed(app, 'late', 9)
      }
    })
    expect([value, beats, heard]).toEqual([9, 2, ['SUCCESS', ['late', 9]]])
    expect(performance.now() - begun).toBeGreaterThanOrEqual(38)
    expect(await rejection(app.asyncResult('never')[verb]({ timeout: 0.01 }))).toBeInstanceOf(TimeoutError)
    await fail(app, 'bad', new TypeError('no'))
    expect((await rejection(app.asyncResult('bad')[verb]())).message).toBe('no')
    expect(await app.asyncResult('bad')[verb]({ propagate: false })).toMatchObject({ message: 'no' })
    const child = app.resultFromTuple([['child', [['bad', null], null]], null]) as AsyncResult
    expect((await rejection(child[verb]({ timeout: 5 }))).message).toBe('no')
    expect(await rejection(child[verb]({ timeout: 0.01, followParents: false }))).toBeInstanceOf(TimeoutError)
    const within = async (disableSyncSubtasks: boolean): Promise<unknown> =>
      await runInTask(app, () => app.asyncResult('late')[verb]({ disableSyncSubtasks }))
    expect(await within(true)).toMatchObject({ kind: 'failure', error: { name: 'WaitInTaskError' } })
    expect(await within(false)).toMatchObject({ kind: 'success', value: 9 })
  })

  it.each([
    ['-1: nothing', -1, ['a', 'b', 'c', 'b', 'c', 'a']],
    ['2: the last two', 2, ['a', 'b', 'c', 'a']],
    ['3', 3, ['a', 'b', 'c']],
    ['0: all', 0, ['a', 'b', 'c']],
    ['null: all', null, ['a', 'b', 'c']]
  ] as const)(
    '[R-31][CF-67] resultCacheMax %s: remembers finished results for all handles',
    async (_name, resultCacheMax, loads) => {
      const memory = createMemory()
      const asked: string[] = []
      const connect: typeof memory.backend.connect = async (url, options) => {
        const backend = await memory.backend.connect(url, options)
        const load = backend.load.bind(backend)
        backend.load = ids => {
          asked.push(...ids)
          return load(ids)
        }
        return backend
      }
      const app = make({
        transports: [memory.transport],
        backends: [{ ...memory.backend, connect }],
        resultCacheMax
      })
      for (const id of ['a', 'b', 'c']) await succeed(app, id, id)
      for (const id of ['a', 'b', 'c', 'b', 'c', 'a']) expect(await app.asyncResult(id).result()).toBe(id)
      expect(asked).toEqual(loads)
      asked.length = 0
      expect([await app.asyncResult('later').state(), await app.asyncResult('later').state()]).toEqual([
        'PENDING',
        'PENDING'
      ])
      expect(asked).toEqual(['later', 'later'])
      await succeed(app, 'c', 'c')
      await app.asyncResult('c').forget()
      expect(await app.asyncResult('c').state()).toBe('PENDING')
    }
  )
})
