import type { TaskDefinition } from '@umbel/app/execution'
import type { ParsedTask } from '@umbel/protocol'
import type { Job } from '@umbel/pool'
import type { Delivery, Outgoing, Settlement } from '@umbel/transport'

/** The broker's side of one delivery: dies with the connection it came through. */
export interface Settler {
  /** Resolves when the broker took it; rejects when the connection died first. */
  settle(settlement: Settlement): Promise<void>
}

export type SettlementKind =
  | { readonly kind: 'ack'; readonly publish?: readonly Outgoing[] }
  | { readonly kind: 'reject'; readonly requeue: boolean; readonly unspent?: boolean }

/** One delivery of one task on its way through the worker. */
export class WorkerRequest {
  readonly key: string
  readonly delivery: Delivery
  readonly parsed: ParsedTask
  readonly definition: TaskDefinition | undefined
  /** Acknowledge after the outcome instead of before the start. */
  readonly lateAck: boolean
  readonly #settler: Settler
  #settled = false
  #lost = false
  /** Milliseconds since the epoch. */
  startedAt: number | undefined

  constructor(parts: {
    readonly key: string
    readonly delivery: Delivery
    readonly parsed: ParsedTask
    readonly definition: TaskDefinition | undefined
    readonly lateAck: boolean
    readonly settler: Settler
  }) {
    this.key = parts.key
    this.delivery = parts.delivery
    this.parsed = parts.parsed
    this.definition = parts.definition
    this.lateAck = parts.lateAck
    this.#settler = parts.settler
  }

  get id(): string {
    return this.parsed.headers.id
  }

  get name(): string {
    return this.parsed.headers.task
  }

  /** `tasks.add[id]`, as every log line shows it; a shadow takes the name's place. */
  get label(): string {
    return `${this.parsed.headers.shadow ?? this.name}[${this.id}]`
  }

  get settled(): boolean {
    return this.#settled
  }

  /** The message is another worker's now. */
  get lost(): boolean {
    return this.#lost
  }

  markLost(): void {
    this.#lost = true
    this.#settled = true
  }

  /** Does nothing the second time, or when the message is no longer ours. */
  async settle(how: SettlementKind): Promise<void> {
    if (this.#settled) return
    this.#settled = true
    await this.#settler.settle({ tag: this.delivery.tag, ...how })
  }

  job(): Job {
    const { message, queue, exchange, routingKey, redelivered } = this.delivery
    const priority = message.properties.priority ?? null
    return { key: this.key, message, delivery: { queue, exchange, routingKey, redelivered, priority } }
  }
}
