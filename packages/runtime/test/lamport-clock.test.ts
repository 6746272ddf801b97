import { describe, expect, it } from '@jest/globals'
import { LamportClock } from '@umbel/runtime'

describe('LamportClock', () => {
  it('[TR-38] goes beyond what it hears, and never back', () => {
    const clock = new LamportClock()
    expect(clock.forward()).toBe(1)
    expect(clock.adjust(41)).toBe(42)
    expect(clock.adjust(3)).toBe(43)
    expect(clock.value).toBe(43)
  })

  it('[TR-38] counts what is no number of events as none', () => {
    const clock = new LamportClock(5)
    expect(clock.adjust('9')).toBe(6)
    expect(clock.adjust(Number.NaN)).toBe(7)
    expect(clock.adjust(undefined)).toBe(8)
  })
})
