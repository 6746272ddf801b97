/** `round_robin`: a queue that delivered moves to the end; `priority`: as declared; `sorted`: by name. */
export type QueueOrder = 'round_robin' | 'priority' | 'sorted'

/** In which order a subscription's queues are asked, so that a busy queue does not starve the others. */
export class QueueCycle {
  readonly #strategy: QueueOrder
  #order: readonly string[] = []

  constructor(strategy: QueueOrder, queues: readonly string[]) {
    this.#strategy = strategy
    this.set(queues)
  }

  get order(): readonly string[] {
    return this.#order
  }

  set(queues: readonly string[]): void {
    const unique = [...new Set(queues)]
    this.#order = this.#strategy === 'sorted' ? unique.sort() : unique
  }

  has(queue: string): boolean {
    return this.#order.includes(queue)
  }

  /** These queues have just delivered. */
  rotate(delivered: ReadonlySet<string>): void {
    if (this.#strategy !== 'round_robin' || this.#order.length < 2 || delivered.size === 0) return
    const waiting = this.#order.filter(queue => !delivered.has(queue))
    this.#order = [...waiting, ...this.#order.filter(queue => delivered.has(queue))]
  }
}
