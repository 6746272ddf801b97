/** Between the parts of a name. (kombu's `sep`) */
export const SEPARATOR = '\u0006\u0016'

/** A queue of ours for each of its steps, and which of them is which. */
export interface KeyOptions {
  /** In front of every key, as it is. (global_keyprefix) */
  readonly prefix: string
  /** (sep) */
  readonly separator: string
  /** Ascending, the first is 0. (priority_steps) */
  readonly steps: readonly number[]
}

/** The names of keys: kombu's, and those with `umbel.` that no Python process knows. */
export class Keys {
  readonly prefix: string
  readonly separator: string
  readonly steps: readonly number[]

  constructor({ prefix, separator, steps }: KeyOptions) {
    this.prefix = prefix
    this.separator = separator
    this.steps = steps
  }

  /** The list of a queue at one of the steps. */
  list(queue: string, step = 0): string {
    return `${this.prefix}${queue}${step === 0 ? '' : `${this.separator}${step}`}`
  }

  /** Every list of a queue, in the order in which they are served. */
  lists(queue: string): readonly string[] {
    return this.steps.map(step => this.list(queue, step))
  }

  /** And the one that Python does not know. */
  allLists(queue: string): readonly string[] {
    return [...this.lists(queue), this.lost(queue)]
  }

  /** 0..9, rounded down to a step; what is no number is 0. */
  step(priority: unknown): number {
    const number = typeof priority === 'number' && !Number.isNaN(priority) ? Math.max(0, Math.min(9, priority)) : 0
    return this.steps.findLast(step => step <= number) ?? 0
  }

  binding(exchange: string): string {
    return `${this.prefix}_kombu.binding.${exchange}`
  }

  /** Bindings of queues without `x-expires`: kombu 5.7 sweeps a table that has none. */
  permanentBinding(exchange: string): string {
    return `${this.prefix}_kombu.binding_permanent.${exchange}`
  }

  get unacked(): string {
    return `${this.prefix}unacked`
  }

  get unackedIndex(): string {
    return `${this.prefix}unacked_index`
  }

  /** Held by whoever puts back what Python held. */
  get unackedMutex(): string {
    return `${this.prefix}unacked_mutex`
  }

  /** What is held, and what was begun of it, in the order of the scripts. */
  get holding(): readonly string[] {
    return [this.unacked, this.unackedIndex, this.started, this.startedIndex]
  }

  /** As `unacked`, of what was begun: Python's restore must not find it. */
  get started(): string {
    return `${this.prefix}umbel.started`
  }

  get startedIndex(): string {
    return `${this.prefix}umbel.started_index`
  }

  /** What was begun by a worker that is gone: Python must not take it. */
  lost(queue: string): string {
    return `${this.prefix}umbel.lost.${queue}`
  }

  /** Queue → when its first delayed message is due. */
  get delayedIndex(): string {
    return `${this.prefix}umbel.delayed`
  }

  delayed(queue: string): string {
    return `${this.prefix}umbel.delayed.${queue}`
  }

  /** Lives as long as somebody moves what is due. */
  get mover(): string {
    return `${this.prefix}umbel.mover`
  }

  /** Who moves → until when it said so, seconds. */
  get movers(): string {
    return `${this.prefix}umbel.movers`
  }

  /** Exchange → how it was declared, which kombu does not keep. */
  get exchanges(): string {
    return `${this.prefix}umbel.exchanges`
  }

  /** Member of the exchange's binding set → the binding's arguments. */
  bindingArguments(exchange: string): string {
    return `${this.prefix}umbel.arguments.${exchange}`
  }

  /** The exchanges to which a queue is bound. */
  bound(queue: string): string {
    return `${this.prefix}umbel.bound.${queue}`
  }
}
