/** AMQP's prefetch count is 16 bits. */
const MOST = 65_535

export interface CreditFacts {
  /** Deliveries that are here and not settled. */
  readonly held: number
  /** Of these, such as may start as soon as a slot is free. */
  readonly waiting: number
  readonly freeSlots: number
  /** worker_prefetch_multiplier; 0 = no limit. */
  readonly multiplier: number
}

/**
 * How many unsettled deliveries may be here: those in work, and one window for the free slots, so that nothing waits
 * behind a busy worker while another has a slot. (pain 9)
 */
export function creditOf({ held, waiting, freeSlots, multiplier }: CreditFacts): number {
  if (multiplier === 0) return MOST
  const window = Math.ceil(freeSlots * multiplier)
  return Math.min(MOST, held - waiting + Math.max(window, waiting))
}
