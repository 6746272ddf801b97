import { type Clock, systemClock } from '@umbel/runtime'
import type { Transport } from '@umbel/transport'

/** The driver with timers that never fire: it renews no lease and looks for none that ended. What it takes anybody may restore. */
export function withoutRenewal(driver: Transport): Transport {
  return { ...driver, connect: (url, options = {}) => driver.connect(url, { ...options, clock: stopped }) }
}

const stopped: Clock = { ...systemClock, setTimer: () => ({ cancel: () => undefined }) }
