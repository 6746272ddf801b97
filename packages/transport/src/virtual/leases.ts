import { type Clock, type Timer, toError } from '@umbel/runtime'
import { ConnectionError } from '../errors.js'
import type { VirtualSettings } from './settings.js'
import type { VirtualStore } from './store.js'

/** Default of `ConnectOptions.lease`, seconds: reclaimed after a kill within 1.375 of it, well under 10 s. */
export const DEFAULT_LEASE = 6

/** Seconds. */
const SHORTEST_LEASE = 0.05
const LONGEST_LEASE = 86_400

/** `ConnectOptions.lease`, or the default. @throws ConnectionError when no lease can be kept with it */
export function compileLease(lease: number = DEFAULT_LEASE): number {
  if (lease >= SHORTEST_LEASE && lease <= LONGEST_LEASE) return lease
  throw new ConnectionError(`lease: expected seconds from ${SHORTEST_LEASE} to ${LONGEST_LEASE}, got ${String(lease)}`)
}

/** What the leases are kept for: a connection. */
export interface LeaseHolder {
  heldIds(): readonly string[]
  /** These are somebody else's now. */
  lose(ids: readonly string[]): void
  /** Messages came back: consumers may look. */
  restored(): void
  fail(error: Error): void
}

/**
 * Renews what we hold every third of the lease, and puts back what others let lapse every eighth to three eighths of it,
 * at random, so that many consumers do not look at once.
 */
export class LeaseKeeper {
  readonly #store: VirtualStore
  readonly #holder: LeaseHolder
  readonly #clock: Clock
  readonly #random: () => number
  readonly #timers = new Map<() => Promise<void>, Timer>()
  #state: 'resting' | 'running' | 'stopped' = 'resting'

  constructor(store: VirtualStore, holder: LeaseHolder, { clock, random }: VirtualSettings) {
    this.#store = store
    this.#holder = holder
    this.#clock = clock
    this.#random = random
  }

  /** Starting again does nothing. A store without leases needs none of this. */
  start(): void {
    const { lease } = this.#store
    if (this.#state !== 'resting' || lease === undefined) return
    this.#state = 'running'
    this.#repeat(
      () => this.#renew(),
      () => lease / 3
    )
    this.#repeat(
      () => this.#restore(),
      () => (lease / 4) * (0.5 + this.#random())
    )
    void this.#guard(() => this.#restore())
  }

  stop(): void {
    this.#state = 'stopped'
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #repeat(work: () => Promise<void>, interval: () => number): void {
    const run = async (): Promise<void> => {
      await this.#guard(work)
      arm()
    }
    const arm = (): void => {
      if (this.#state !== 'running') return
      this.#timers.set(
        work,
        this.#clock.setTimer(interval() * 1000, () => void run(), { keepAlive: false })
      )
    }
    arm()
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (this.#state === 'running') this.#holder.fail(toError(thrown))
    }
  }

  async #renew(): Promise<void> {
    const ids = this.#holder.heldIds()
    if (ids.length === 0) return
    const lost = await this.#store.renew(ids)
    if (lost.length > 0) this.#holder.lose(lost)
  }

  async #restore(): Promise<void> {
    if ((await this.#store.restoreExpired()) > 0) this.#holder.restored()
  }
}
