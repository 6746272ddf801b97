import { describe, expect, it } from '@jest/globals'
import { ConnectionError } from '@umbel/transport'
import { createRig } from './rig.js'

describe('a queue that takes nothing', () => {
  it('holds up only those that send to it', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (x: number, y: number) => x + y)
    rig.tap.fullQueue = { name: 'full', error: new ConnectionError('the queue is full', { recoverable: true }) }
    await rig.start({ concurrency: 2 })
    const stuck = await add.applyAsync([1, 1], { link: add.s(1).set({ queue: 'full' }) })
    await rig.line('could not be sent: the queue is full; trying again')
    expect(await add.delay(2, 2).get({ timeout: 5 })).toBe(4)
    expect(await stuck.state()).toBe('PENDING')
    rig.tap.fullQueue = undefined
    expect(await stuck.get({ timeout: 20 })).toBe(2)
  }, 30_000)
})
