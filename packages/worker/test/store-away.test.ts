import { describe, expect, it } from '@jest/globals'
import { BackendError } from '@umbel/backend'
import { createRig } from './rig.js'

const away = new BackendError('nobody answers', { recoverable: true })

describe('a result store that is away', () => {
  it('is said once, and once more when it is back; nothing is lost meanwhile', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    await rig.start()
    rig.tap.storeError = away
    const sent = await Promise.all([1, 2, 3].map(n => add.delay(n, n)))
    await rig.line('does not answer: nobody answers; trying again')
    rig.tap.storeError = undefined
    expect(await Promise.all(sent.map(result => result.get({ timeout: 10 })))).toEqual([2, 4, 6])
    await rig.line('answers again')
    expect(rig.messages.filter(line => /does not answer|answers again/.test(line))).toEqual([
      'warn: the result store memory://rig does not answer: nobody answers; trying again',
      'info: the result store memory://rig answers again'
    ])
  })

  it('does not keep a worker beyond its shutdown timeout; what could not be stored is named', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    const worker = await rig.start({ shutdownTimeout: 0.1 })
    rig.tap.storeError = away
    const { id } = await add.delay(1, 1)
    await rig.line('does not answer')
    await worker.stop()
    await rig.line(`the result of task ${id} was not stored`)
  }, 15_000)
})
