import type { SignatureOptions } from '@umbel/protocol'
import type { Settings } from '../settings/index.js'
import type { TaskDefinition } from '../task/definition.js'

/** What settings give to every call. (wire-protocol 1.9) */
export function settingAttributes(settings: Settings): SignatureOptions {
  return withoutUnset({
    serializer: settings.taskSerializer,
    compression: settings.taskCompression,
    priority: settings.taskDefaultPriority
  })
}

/** What a task's own attributes give to every call of it. */
export function taskAttributes({ settings: task }: TaskDefinition, settings: Settings): SignatureOptions {
  return withoutUnset({
    queue: task.queue,
    exchange: task.exchange,
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
