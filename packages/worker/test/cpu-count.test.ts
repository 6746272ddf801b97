import { availableParallelism } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { cpuCount } from '../src/cpu-count.js'

describe('cpuCount', () => {
  it('[W-10] is the number of CPUs, and 2 when it cannot be read', () => {
    expect(cpuCount()).toBe(availableParallelism())
    expect(cpuCount(() => 7)).toBe(7)
    expect(cpuCount(() => 0)).toBe(2)
    expect(cpuCount(() => Number.NaN)).toBe(2)
    expect(
      cpuCount(() => {
        throw new Error('no /proc here')
      })
    ).toBe(2)
  })
})
