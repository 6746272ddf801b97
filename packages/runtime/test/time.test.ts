import { describe, expect, it } from '@jest/globals'
import { backoffDelay, retryWithBackoff, sleep, systemClock, UmbelError } from '@umbel/runtime'
import { FakeClock } from '@umbel/runtime/conformance'
import fc from 'fast-check'

describe('systemClock', () => {
  it('fires once, and not after it was cancelled', async () => {
    const fired: string[] = []
    const cancelled = systemClock.setTimer(0, () => fired.push('cancelled'))
    cancelled.cancel()
    cancelled.cancel()
    const timer = await new Promise<ReturnType<typeof systemClock.setTimer>>(resolve => {
      const set = systemClock.setTimer(1, () => {
        fired.push('set')
        resolve(set)
      })
    })
    timer.cancel()
    expect(fired).toEqual(['set'])
  })

  it('does not fire at once for a delay that Node cannot hold', async () => {
    let fired = false
    const timer = systemClock.setTimer(2 ** 40, () => {
      fired = true
    })
    await new Promise(resolve => systemClock.setTimer(5, () => resolve(undefined)))
    timer.cancel()
    expect(fired).toBe(false)
  })

  it('goes forward', () => {
    expect(systemClock.monotonic()).toBeLessThanOrEqual(systemClock.monotonic())
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000)
  })
})

describe('FakeClock', () => {
  it('fires in order of time, also what is set on the way', async () => {
    const clock = new FakeClock(1000)
    const fired: string[] = []
    clock.setTimer(20, () => fired.push(`late ${clock.now()}`))
    clock.setTimer(10, () => {
      void Promise.resolve().then(() => clock.setTimer(5, () => fired.push(`nested ${clock.now()}`)))
    })
    const cancelled = clock.setTimer(1, () => fired.push('cancelled'))
    cancelled.cancel()
    await clock.advance(19)
    expect(fired).toEqual(['nested 1015'])
    expect(clock.timers).toBe(1)
    await clock.advance(1)
    expect(fired).toEqual(['nested 1015', 'late 1020'])
    expect(clock.monotonic()).toBe(20)
  })
})

describe('backoffDelay', () => {
  it('grows by the factor up to its bound', () => {
    const options = { initial: 1, max: 10, factor: 3, jitter: false }
    expect([0, 1, 2, 3, 5000].map(attempt => backoffDelay(attempt, options))).toEqual([1, 3, 9, 10, 10])
  })

  it('with jitter lies between zero and the bound', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
        const delay = backoffDelay(attempt, { random: () => chance })
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(30)
      })
    )
  })
})

describe('sleep', () => {
  it('wakes after its seconds', async () => {
    const clock = new FakeClock()
    let awake = false
    const sleeping = sleep(2, { clock }).then(() => {
      awake = true
    })
    await clock.advance(1999)
    expect(awake).toBe(false)
    await clock.advance(1)
    await sleeping
    expect(awake).toBe(true)
  })

  it('ends at once when its signal aborts, leaving no timer', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleeping = sleep(2, { clock, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(sleep(2, { clock, signal: controller.signal })).rejects.toThrow('enough')
    expect(clock.timers).toBe(0)
  })
})

describe('retryWithBackoff', () => {
  class FinalError extends UmbelError {
    static override readonly code = 'FINAL'
  }

  it('repeats with growing waits until the work succeeds', async () => {
    const clock = new FakeClock()
    const waits: number[] = []
    const result = retryWithBackoff(
      async attempt => {
        if (attempt < 3) throw new Error(`attempt ${attempt}`)
        return attempt
      },
      { clock, initial: 1, jitter: false, onRetry: (_error, _attempt, delay) => waits.push(delay) }
    )
    await clock.advance(7000)
    expect(await result).toBe(3)
    expect(waits).toEqual([1, 2, 4])
  })

  it('gives up after its attempts with the last error', async () => {
    const clock = new FakeClock()
    const failing = retryWithBackoff(attempt => Promise.reject(new Error(`attempt ${attempt}`)), { clock, attempts: 2 })
    failing.catch(() => undefined)
    await clock.advance(60_000)
    await expect(failing).rejects.toThrow('attempt 1')
  })

  it('does not repeat what cannot succeed', async () => {
    let calls = 0
    const work = async (): Promise<never> => {
      calls++
      throw new FinalError('never')
    }
    await expect(retryWithBackoff(work)).rejects.toThrow('never')
    await expect(retryWithBackoff(work, { retryIf: () => false })).rejects.toThrow('never')
    expect(calls).toBe(2)
  })

  it('stops at its signal, before and during the wait', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    let calls = 0
    const work = async (): Promise<never> => {
      calls++
      throw new Error('down')
    }
    const retrying = retryWithBackoff(work, { clock, signal: controller.signal, initial: 10, jitter: false })
    retrying.catch(() => undefined)
    await clock.advance(1)
    controller.abort(new Error('closing'))
    await expect(retrying).rejects.toThrow('closing')
    await expect(retryWithBackoff(work, { signal: controller.signal })).rejects.toThrow('closing')
    expect(calls).toBe(1)
    expect(clock.timers).toBe(0)
  })
})
