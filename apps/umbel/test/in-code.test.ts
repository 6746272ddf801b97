import { describe, expect, it } from '@jest/globals'
import { createLogger } from '@umbel/worker'
import { appOrDefault, currentApp, Umbel } from '../src/index.js'

/** Log lines as text. */
function lines() {
  const written: string[] = []
  const logger = createLogger({
    level: 'info',
    format: 'text',
    destination: { write: (line: string) => written.push(line) },
    now: Date.now,
    processName: 'MainProcess'
  })
  return { written, logger }
}

it('the default application of this package has every driver', async () => {
  const before = currentApp()
  const app = new Umbel('mine', { broker: 'memory://current', backend: 'memory://current' })
  expect([currentApp(), appOrDefault(), appOrDefault(before)]).toEqual([app, app, before])
  expect(before).toBeInstanceOf(Umbel)
  await app.close()
})

describe('a worker in code', () => {
  it('[W-01] starts and stops, and says nothing on its own', async () => {
    await using app = new Umbel('in-code', { broker: 'memory://w01', backend: 'memory://w01' })
    const add = app.task('tasks.add', (x: number, y: number) => x + y)
    const worker = await app.worker({ concurrency: 2 }).start()
    expect(worker.queues).toEqual(['celery'])
    expect(await add.delay(2, 2).get({ timeout: 10 })).toBe(4)
    await worker.stop()
  })

  it('[W-02] logs that a revoked task is discarded', async () => {
    await using app = new Umbel('in-code', { broker: 'memory://w02', backend: 'memory://w02' })
    const add = app.task('tasks.add', (x: number, y: number) => x + y)
    const { written, logger } = lines()
    const worker = await app.worker({ logger }).start()
    worker.revoke(['unwanted'])
    await expect(add.applyAsync([1, 1], { taskId: 'unwanted' }).get({ timeout: 10 })).rejects.toThrow(/revoked/)
    await worker.stop()
    expect(written.join('')).toMatch(/INFO\/MainProcess\] Discarding revoked task: tasks\.add\[unwanted\]\n/)
  })
})
