/** A logical clock: what follows from something bears a greater number than it. (kombu.clocks.LamportClock) */
export class LamportClock {
  #value: number

  constructor(initial = 0) {
    this.#value = initial
  }

  get value(): number {
    return this.#value
  }

  /** Something happened here; answers its number. */
  forward(): number {
    this.#value += 1
    return this.#value
  }

  /** Heard of something that happened elsewhere; what is no number of events counts as 0. */
  adjust(other: unknown): number {
    const heard = typeof other === 'number' && Number.isSafeInteger(other) ? other : 0
    this.#value = Math.max(this.#value, heard) + 1
    return this.#value
  }
}
