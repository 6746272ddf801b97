import { type Clock, systemClock } from '@umbel/runtime'

/** How far the server's clock is from this machine's: leases are many machines' business. */
export class ServerClock {
  #offset = 0

  /** `ask` answers the server's time, milliseconds since the epoch. */
  async measure(ask: () => Promise<number>): Promise<void> {
    const sent = systemClock.now()
    const server = await ask()
    const received = systemClock.now()
    const measured = Math.round(server - (sent + received) / 2)
    // Less than the time that asking took means nothing.
    if (Math.abs(measured - this.#offset) > received - sent + 1) this.#offset = measured
  }

  from(clock: Clock): Clock {
    return {
      now: () => clock.now() + this.#offset,
      monotonic: () => clock.monotonic(),
      setTimer: (delay, callback, options) => clock.setTimer(delay, callback, options)
    }
  }
}
