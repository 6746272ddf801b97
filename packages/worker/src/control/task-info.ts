import type { TaskInfo } from '@umbel/control'
import type { WorkerRequest } from '../consume/request.js'

/** A request as replies show it. (celery.worker.request.Request.info) */
export function taskInfo(request: WorkerRequest, hostname: string, { safe = false } = {}): TaskInfo {
  const { delivery, parsed } = request
  const { args, kwargs } = safe ? asText(request) : argumentsOf(request)
  return {
    id: request.id,
    name: parsed.headers.shadow ?? request.name,
    args,
    kwargs,
    type: request.name,
    hostname,
    time_start: request.startedAt === undefined ? null : request.startedAt / 1000,
    acknowledged: request.settled || request.begun,
    delivery_info: {
      exchange: delivery.exchange,
      routing_key: delivery.routingKey,
      priority: delivery.message.properties.priority ?? null,
      redelivered: delivery.redelivered
    },
    worker_pid: request.pid ?? null
  }
}

type Arguments = Pick<TaskInfo, 'args' | 'kwargs'>

function asText({ parsed }: WorkerRequest): Arguments {
  return { args: parsed.headers.argsrepr, kwargs: parsed.headers.kwargsrepr }
}

/** A body that cannot be decoded has only the text of its arguments to show. */
function argumentsOf(request: WorkerRequest): Arguments {
  try {
    const { args, kwargs } = request.parsed.decodeBody()
    return { args, kwargs }
  } catch {
    return asText(request)
  }
}
