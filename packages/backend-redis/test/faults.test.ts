import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { BackendError, type ResultBackend } from '@umbel/backend'
import { redisBackend } from '@umbel/backend-redis'
import { encodeMeta, type ResultMeta } from '@umbel/protocol'
import { type Clock, systemClock } from '@umbel/runtime'
import { type Proxy, startProxy, until } from '@umbel/test-kit'
import { type FreshStore, freshStore } from './fresh-store.js'

/** Its timers run 20 times as fast. */
const fastClock: Clock = {
  ...systemClock,
  setTimer: (delay, callback, options) => systemClock.setTimer(delay / 20, callback, options)
}

const done: ResultMeta = {
  ...{ task_id: 'unheard', status: 'SUCCESS', result: 4 },
  ...{ traceback: null, children: [], date_done: null }
}

describe('a watch', () => {
  let store: FreshStore
  let proxy: Proxy
  let backend: ResultBackend

  beforeEach(async () => {
    store = await freshStore()
    const url = new URL(store.url)
    proxy = await startProxy(Number(url.port))
    url.port = String(proxy.port)
    const transportOptions = { ...store.options, socketTimeout: 0.3 }
    backend = await redisBackend().connect(url.href, { clock: fastClock, transportOptions })
  })

  afterEach(async () => {
    await backend.close()
    await proxy.close()
    await store.teardown()
  })

  it('finds a result that nobody told of: a message of Redis may be lost', async () => {
    const seen: ResultMeta[] = []
    await backend.watch(['unheard'], batch => seen.push(...batch))
    await store.client.set(`${String(store.options['globalKeyprefix'])}celery-task-meta-unheard`, encodeMeta(done))
    await until(() => seen.length > 0)
    expect(seen).toEqual([done])
    expect(await Promise.race([backend.closed, Promise.resolve('open')])).toBe('open')
  })

  it('ends the connection of a server that has gone silent, so that the owner opens another', async () => {
    await backend.watch(['never'], () => undefined)
    proxy.swallow()
    const reason = await backend.closed
    expect(reason).toBeInstanceOf(BackendError)
    expect(reason).toMatchObject({ recoverable: true, message: expect.stringContaining('does not answer') })
  })
})
