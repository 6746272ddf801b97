import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { createRig } from './rig.js'

const TIMEOUT = { timeout: 5 }

describe('a task with schemas', () => {
  it('[T-27] gets converted arguments in the worker, stores the converted result, and fails for what does not fit', async () => {
    const rig = createRig()
    const started: unknown[] = []
    const result = z.number().transform(n => `${n} in all`)
    const schema = { args: [z.coerce.number(), z.string().default('kg')], result } as const
    const weigh = rig.app.task('weigh', { schema }, (n, unit) => {
      started.push([n, unit])
      return n * 2
    })
    await rig.start()
    expect(await weigh.delay('21', undefined).get(TIMEOUT)).toBe('42 in all')
    const foreign = await rig.app.sendTask('weigh', ['much', 5])
    await expect(foreign.get(TIMEOUT)).rejects.toThrow(/^weigh: args\[0\]: /)
    expect(await foreign.meta()).toMatchObject({ status: 'FAILURE', result: { exc_type: 'ValidationError' } })
    await expect((await weigh.s('1', 5 as never).delay()).get(TIMEOUT)).rejects.toThrow('weigh: args[1]: ')
    await expect(weigh.delay('much' as never, 'kg')).rejects.toThrow('weigh: args[0]: ')
    expect(started).toEqual([[21, 'kg']])
  })
})
