/** A timer that was set; `cancel` after it fired, or twice, does nothing. */
export interface Timer {
  cancel(): void
}

/** Time as a parameter: what needs to know or to wait for time takes a Clock, so that tests own it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Never goes back; milliseconds from an arbitrary start. */
  monotonic(): number
  /** Calls back once after `delay` milliseconds. `keepAlive: false` lets the process end before. */
  setTimer(delay: number, callback: () => void, options?: { readonly keepAlive?: boolean }): Timer
}

const LONGEST_DELAY = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delay, callback, options = {}) {
    const end = performance.now() + delay
    let handle = arm()
    return { cancel: () => clearTimeout(handle) }

    function arm(): NodeJS.Timeout {
      const rest = end - performance.now()
      const armed = rest > LONGEST_DELAY ? setTimeout(rearm, LONGEST_DELAY) : setTimeout(callback, Math.max(0, rest))
      if (options.keepAlive === false) armed.unref()
      return armed
    }

    function rearm(): void {
      handle = arm()
    }
  }
}
