import { type Clock, systemClock } from '@umbel/runtime'

/** Time that passes `speed` times as fast. */
export function fastClock(speed: number): Clock {
  const start = systemClock.now()
  const passed = (): number => (systemClock.now() - start) * speed
  return {
    now: () => start + passed(),
    monotonic: passed,
    setTimer: (delay, callback, options) => systemClock.setTimer(delay / speed, callback, options)
  }
}
