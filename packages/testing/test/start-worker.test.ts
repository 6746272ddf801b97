import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Umbel } from '@umbel/app'
import { createTestApp, startWorker, TestWorkerError } from '@umbel/testing'

let app: Umbel
let folder: string

beforeEach(() => {
  app = createTestApp()
  folder = mkdtempSync(join(tmpdir(), 'umbel-testing-'))
})

afterEach(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function rejection(promise: PromiseLike<unknown>): Promise<Error> {
  return await promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: Error) => error
  )
}

describe('a worker in the process of a test', () => {
  it('[TH-04] answers as soon as it has answered the ping, runs one task at a time here, and stops with its block', async () => {
    const seen: string[] = []
    const note = app.task('tasks.note', async (what: string) => {
      seen.push(`${what} begins`)
      await new Promise(resolve => setImmediate(resolve))
      seen.push(`${what} ends`)
      return process.pid
    })
    const before = process.listenerCount('SIGTERM')
    {
      await using worker = await startWorker(app)
      expect(worker).toMatchObject({ app, queues: ['celery'] })
      const results = await Promise.all([note.delay('one'), note.delay('two')])
      expect(await Promise.all(results.map(result => result.get({ timeout: 10 })))).toEqual([process.pid, process.pid])
      expect(process.listenerCount('SIGTERM')).toBe(before)
    }
    expect(seen).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
    const waiting = await note.delay('three')
    expect(await rejection(waiting.get({ timeout: 0.05 }))).toMatchObject({ code: 'TIMEOUT' })
    await using next = await startWorker(app, { concurrency: 2, pool: 'inline' })
    expect([next.queues, await waiting.get({ timeout: 10 })]).toEqual([['celery'], process.pid])
  })

  it('[TH-04] logs to a file at the level that is asked for, and says nothing below', async () => {
    const noisy = join(folder, 'new', 'noisy.log')
    const silent = join(folder, 'silent.log')
    await (await startWorker(app, { loglevel: 'info', logfile: noisy })).stop()
    await (await startWorker(app, { logfile: silent })).stop()
    expect(readFileSync(noisy, 'utf8')).toMatch(
      /INFO\/MainProcess\] Task celery\.ping\[[\da-f-]+\] succeeded in [\d.]+s/
    )
    expect(readFileSync(silent, 'utf8')).toBe('')
  })

  it('[TH-04] gives up after pingTaskTimeout, unless performPingCheck is off, and leaves no worker behind', async () => {
    app.tasks.get('celery.ping')
    app.tasks.unregister('celery.ping')
    app.task('celery.ping', { bind: true }, async ({ signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    })
    const echo = app.task('tasks.echo', (value: string) => value)
    const options = { loglevel: 'critical', pingTaskTimeout: 0.1, shutdownTimeout: 0.1 } as const
    const error = await rejection(startWorker(app, options))
    expect(error).toBeInstanceOf(TestWorkerError)
    expect(error.message).toMatch(/did not answer celery\.ping in its queue celery: .*0\.1 s/)
    const waiting = await echo.delay('still here')
    expect(await rejection(waiting.get({ timeout: 0.05 }))).toMatchObject({ code: 'TIMEOUT' })
    await using worker = await startWorker(app, { ...options, performPingCheck: false })
    expect([worker.queues, await waiting.get({ timeout: 10 })]).toEqual([['celery'], 'still here'])
  })

  it('[TH-04] pings itself, in its own queue, and says so when there are no results to be had', async () => {
    await using worker = await startWorker(app, { queues: ['mine'] })
    expect(worker.queues).toEqual(['mine'])
    const mute = createTestApp('mute', { backend: 'disabled' })
    const error = await rejection(startWorker(mute))
    expect(error).toMatchObject({
      code: 'TEST_WORKER',
      message: expect.stringMatching(/result.*performPingCheck: false/s)
    })
    await mute.close()
  })

  it('[TH-04] ends what still runs shutdownTimeout seconds later, and throws', async () => {
    let reason: unknown
    let begin: () => void = () => undefined
    const began = new Promise<void>(resolve => (begin = resolve))
    const endless = app.task('tasks.endless', { bind: true }, async ({ signal }) => {
      begin()
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      reason = signal.reason
    })
    const worker = await startWorker(app, { loglevel: 'critical', shutdownTimeout: 0.1 })
    await endless.delay()
    await began
    const error = await rejection(worker.stop())
    expect(error).toBeInstanceOf(TestWorkerError)
    expect(error.message).toMatch(/did not end within 0\.1 s.*raise shutdownTimeout/)
    expect(reason).toBeInstanceOf(Error)
    expect(await rejection(worker.stop())).toBe(error)
  })
})
