import { suggest } from '@umbel/runtime'
import type { ExchangeType } from '@umbel/transport'
import { ImproperlyConfigured } from '@umbel/protocol'
import { QueueNotFound } from '@umbel/protocol'
import { readQueue } from './kinds.js'
import type { QueueDefinition, QueueOptions } from './options.js'
import { compileQueue, type TaskQueue } from './queue.js'

/** The settings that say which queues there are. */
export interface QueueSettings {
  readonly taskQueues: readonly QueueDefinition[] | undefined
  readonly taskCreateMissingQueues: boolean
  readonly taskCreateMissingQueueType: 'classic' | 'quorum'
  readonly taskCreateMissingQueueExchangeType: ExchangeType | undefined
  readonly taskDefaultQueue: string
  readonly taskDefaultQueueType: 'classic' | 'quorum'
  readonly taskDefaultExchange: string
  readonly taskDefaultExchangeType: ExchangeType
  readonly taskDefaultRoutingKey: string
  readonly taskQueueMaxPriority: number | undefined
}

/** The known queues by name, and those that a worker consumes from. (celery.app.amqp.Queues, `app.amqp.queues`) */
export class Queues implements Iterable<TaskQueue> {
  readonly #settings: QueueSettings
  readonly #queues = new Map<string, TaskQueue>()
  readonly #aliases = new Map<string, TaskQueue>()
  readonly #defaultSelection = new Map<string, TaskQueue>()
  #selection: Map<string, TaskQueue> | undefined

  constructor(settings: QueueSettings) {
    this.#settings = settings
    const definitions = settings.taskQueues ?? []
    for (const definition of definitions.length > 0 ? definitions : [defaultQueue(settings)]) this.selectAdd(definition)
  }

  /**
   * The queue of that name or alias; an unknown one is made where `taskCreateMissingQueues` is on.
   * @throws QueueNotFound
   */
  get(name: string): TaskQueue {
    const known = this.#aliases.get(name) ?? this.#queues.get(name)
    if (known !== undefined) return known
    if (!this.#settings.taskCreateMissingQueues) throw this.#notFound(name)
    return this.add(missingQueue(name, this.#settings))
  }

  has(name: string): boolean {
    return this.#aliases.has(name) || this.#queues.has(name)
  }

  /** Adds or replaces a queue, for routing only: workers do not consume from it. */
  add(queue: string | QueueDefinition, options: QueueOptions = {}): TaskQueue {
    const compiled = this.#compile(typeof queue === 'string' ? { name: queue, ...options } : queue)
    this.#queues.set(compiled.name, compiled)
    if (compiled.alias !== undefined) this.#aliases.set(compiled.alias, compiled)
    return compiled
  }

  /** Adds a queue that is consumed from, whatever was selected. */
  selectAdd(queue: string | QueueDefinition, options: QueueOptions = {}): TaskQueue {
    const added = this.add(queue, options)
    this.#consumed().set(added.name, added)
    return added
  }

  /**
   * Consume from these only (`-Q`); none given: no change.
   * @throws QueueNotFound
   */
  select(names: string | readonly string[]): void {
    const include = namesIn(names)
    if (include.length === 0) return
    this.#selection = new Map(include.map(name => this.get(name)).map(queue => [queue.name, queue]))
  }

  /** Do not consume from these (`-X`). Names that no queue has change nothing. */
  deselect(names: string | readonly string[]): void {
    for (const name of namesIn(names)) this.#consumed().delete(this.#aliases.get(name)?.name ?? name)
  }

  /** Queues by their second names. */
  get aliases(): ReadonlyMap<string, TaskQueue> {
    return this.#aliases
  }

  /** What a worker consumes from, by name. */
  get consumeFrom(): ReadonlyMap<string, TaskQueue> {
    return this.#consumed()
  }

  get names(): readonly string[] {
    return [...this.#queues.keys()]
  }

  [Symbol.iterator](): Iterator<TaskQueue> {
    return this.#queues.values()
  }

  /** One line for each queue that is consumed from, by name, as in the worker's banner. */
  format(options: { readonly indent?: number; readonly indentFirst?: boolean } = {}): string {
    const { indent = 0, indentFirst = true } = options
    const queues = [...this.#consumed().values()].sort((left, right) => (left.name < right.name ? -1 : 1))
    const margin = ' '.repeat(indent)
    return queues.map((queue, index) => (index > 0 || indentFirst ? margin : '') + formatQueue(queue)).join('\n')
  }

  #consumed(): Map<string, TaskQueue> {
    return this.#selection ?? this.#defaultSelection
  }

  #compile(definition: QueueDefinition): TaskQueue {
    const checked = readQueue(definition)
    if (typeof checked === 'string') throw new ImproperlyConfigured(checked)
    const settings = this.#settings
    return compileQueue(checked, {
      exchange: settings.taskDefaultExchange,
      exchangeType: settings.taskDefaultExchangeType,
      routingKey: checked.name === settings.taskDefaultQueue ? settings.taskDefaultRoutingKey : checked.name,
      maxPriority: settings.taskQueueMaxPriority
    })
  }

  #notFound(name: string): QueueNotFound {
    const known = [...this.#queues.keys(), ...this.#aliases.keys()]
    const nearest = suggest(name, known)
    return new QueueNotFound(
      `queue '${name}' is not in taskQueues, and taskCreateMissingQueues is off` +
        `${nearest === undefined ? '' : `: did you mean '${nearest}'?`} (known: ${known.join(', ')})`
    )
  }
}

function namesIn(names: string | readonly string[]): readonly string[] {
  const list = typeof names === 'string' ? names.split(',') : names
  return list.map(name => name.trim()).filter(name => name !== '')
}

function formatQueue({ name, exchange, routingKey }: TaskQueue): string {
  return `.> ${name.padEnd(16)} exchange=${exchange.name}(${exchange.type}) key=${routingKey}`
}

function defaultQueue(settings: QueueSettings): QueueDefinition {
  const quorum = settings.taskDefaultQueueType === 'quorum'
  return { name: settings.taskDefaultQueue, ...(quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {}) }
}

/** A queue on first use: exchange and key have its own name. */
function missingQueue(name: string, settings: QueueSettings): QueueDefinition {
  const quorum = settings.taskCreateMissingQueueType === 'quorum'
  return {
    name,
    exchange: name,
    exchangeType: settings.taskCreateMissingQueueExchangeType ?? 'direct',
    routingKey: name,
    ...(quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {})
  }
}
