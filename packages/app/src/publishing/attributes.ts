import type { SignatureOptions } from '@umbel/protocol'
import type { Settings } from '../settings/index.js'
import type { TaskDefinition } from '../task/definition.js'

/** What is the same for every call of a task: read once, not per message. */
export class Attributes {
  /** What settings give to every call. (wire-protocol 1.9) */
  readonly ofSettings: SignatureOptions
  readonly #settings: Settings
  readonly #ofTasks = new WeakMap<TaskDefinition, SignatureOptions>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.ofSettings = withoutUnset({
      serializer: settings.taskSerializer,
      compression: settings.taskCompression,
      priority: settings.taskDefaultPriority
    })
  }

  /** What a task's own options give to every call of it. */
  ofTask(definition: TaskDefinition): SignatureOptions {
    const known = this.#ofTasks.get(definition)
    if (known !== undefined) return known
    const attributes = taskAttributes(definition, this.#settings)
    this.#ofTasks.set(definition, attributes)
    return attributes
  }
}

function taskAttributes({ settings: task }: TaskDefinition, settings: Settings): SignatureOptions {
  return withoutUnset({
    queue: task.queue,
    exchange: task.exchange,
    exchange_type: task.exchangeType,
    routing_key: task.routingKey,
    priority: task.priority,
    expires: task.expires,
    serializer: task.serializer,
    compression: task.compression,
    delivery_mode: task.deliveryMode,
    time_limit: task.timeLimit ?? settings.taskTimeLimit,
    soft_time_limit: task.softTimeLimit ?? settings.taskSoftTimeLimit,
    ignore_result: task.ignoreResult
  })
}

function withoutUnset(options: Readonly<Record<string, unknown>>): SignatureOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
}
