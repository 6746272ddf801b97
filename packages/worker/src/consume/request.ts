import type { TaskDefinition } from '@umbel/app/execution'
import type { Job } from '@umbel/pool'
import type { ParsedTask } from '@umbel/protocol'
import type { Delivery } from '@umbel/transport'
import { HeldDelivery, type Settler } from './held.js'

export interface RequestParts {
  /** Unique per delivery: the same task id may be here twice. */
  readonly key: string
  readonly delivery: Delivery
  readonly parsed: ParsedTask
  readonly definition: TaskDefinition | undefined
  readonly lateAck: boolean
  readonly settler: Settler
}

/** One delivery of one task on its way through the worker. */
export class WorkerRequest extends HeldDelivery {
  readonly key: string
  readonly parsed: ParsedTask
  readonly definition: TaskDefinition | undefined
  /** Acknowledge after the outcome instead of before the start. */
  readonly lateAck: boolean
  #running = false
  #committed = false
  #start: { readonly pid: number; readonly at: number } | undefined

  constructor({ key, delivery, parsed, definition, lateAck, settler }: RequestParts) {
    super(delivery, settler)
    this.key = key
    this.parsed = parsed
    this.definition = definition
    this.lateAck = lateAck
  }

  get id(): string {
    return this.parsed.headers.id
  }

  get name(): string {
    return this.parsed.headers.task
  }

  /** `tasks.add[id]`; a shadow takes the name's place. */
  override get label(): string {
    return `${this.parsed.headers.shadow ?? this.name}[${this.id}]`
  }

  /** Its name, where its results have a store of their own. (Task.backend) */
  get taskWithStore(): string | undefined {
    return this.definition?.settings.backend === undefined ? undefined : this.name
  }

  markRunning(): void {
    this.#running = true
  }

  /** The broker knows that it starts, and so it will, as soon as a slot is free. */
  markCommitted(): void {
    this.#committed = true
  }

  /** An executor has it. `at`: milliseconds since the epoch. */
  markAccepted(pid: number, at: number): void {
    this.#start = { pid, at }
  }

  /** Milliseconds since the epoch; undefined: it has not begun. */
  get startedAt(): number | undefined {
    return this.#start?.at
  }

  /** Of the process that runs it. */
  get pid(): number | undefined {
    return this.#start?.pid
  }

  /** Its body runs here, will or has, and the broker has not heard what came of it. */
  get unanswered(): boolean {
    return this.unheard || ((this.#running || this.#committed) && !this.settled)
  }

  /** Its start was told to the broker, which never answered: so its body did not begin. */
  get neverBegan(): boolean {
    return this.begun && !this.settled && !this.#running && !this.#committed
  }

  job(): Job {
    const { message, queue, exchange, routingKey, redelivered } = this.delivery
    const priority = message.properties.priority ?? null
    return { key: this.key, message, delivery: { queue, exchange, routingKey, redelivered, priority } }
  }
}
