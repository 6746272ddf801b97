import { describe, expect, it } from '@jest/globals'
import { Scene } from '../src/stolen/scene.js'
import { until } from '../src/until.js'

const DELAY = 8

describe('a delayed task whose TypeScript workers and clients have left', () => {
  it('runs in Python when it is due', async () => {
    const scene = await Scene.create({ visibility: 3600, lease: 1, renewal: true })
    try {
      const [worker] = await Promise.all([scene.worker('async'), scene.python(['async'])])
      const due = Date.now() + DELAY * 1000
      await scene.send('due', 'async', { args: ['delayed'], countdown: DELAY })
      await worker.end()
      await scene.leave()
      await until(() => (scene.starts('delayed').length > 0 ? true : undefined), {
        seconds: DELAY + 10,
        describe: () => `it did not run:\n${scene.output()}`
      })
      const [start] = scene.starts('delayed')
      expect(start?.by).toBe('python')
      expect(start?.at).toBeGreaterThan(due - 1000)
    } finally {
      await scene.close()
    }
  }, 60_000)
})
