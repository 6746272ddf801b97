import type { TaskSend } from '@umbel/canvas'
import { formatTime, type SignatureOptions } from '@umbel/protocol'
import type { Outgoing } from '@umbel/transport'
import type { RetryPlan } from '../execution/outcome.js'
import { given } from '../given.js'
import type { TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import { compose } from './compose.js'
import type { ComposeEnvironment } from './environment.js'

/** The message of the next attempt: same id, back to where it came from unless the retry says otherwise. (wire-protocol 8.2) */
export function composeRetry(
  environment: ComposeEnvironment,
  request: TaskRequest,
  { definition, plan }: { definition: TaskDefinition; plan: RetryPlan }
): Outgoing {
  const { outgoing } = compose(environment, retrySend(environment, request, plan), { definition })
  const { queue, exchange, routingKey } = plan.options
  if (queue !== undefined || exchange !== undefined || routingKey !== undefined) return outgoing
  return { ...outgoing, ...backTo(request) }
}

function backTo({ deliveryInfo }: TaskRequest): { exchange: string; routingKey: string } {
  const { exchange, routingKey, queue } = deliveryInfo
  return exchange === '' ? { exchange, routingKey: queue } : { exchange, routingKey }
}

function retrySend(
  { offsetAt }: ComposeEnvironment,
  request: TaskRequest,
  { args, kwargs, due, options }: RetryPlan
): TaskSend {
  const [hard, soft] = request.timelimit
  const kept: SignatureOptions & { task_id: string } = {
    ...request.stamps,
    task_id: request.id,
    root_id: request.rootId,
    parent_id: request.parentId ?? request.id,
    retries: request.retries + 1,
    eta: formatTime(due, { offset: offsetAt(due) }),
    replaced_task_nesting: request.replacedTaskNesting,
    reply_to: request.replyTo,
    headers: withoutDeathRecords({ ...request.headers, ...options.headers }),
    ...given('group_id', request.group),
    ...given('group_index', request.groupIndex),
    ...given('shadow', request.shadow),
    ...given('expires', options.expires ?? request.expires),
    ...given('time_limit', options.timeLimit ?? hard),
    ...given('soft_time_limit', options.softTimeLimit ?? soft),
    ...given('priority', options.priority ?? request.deliveryInfo.priority),
    ...given('chain', request.chain),
    ...given('chord', request.chord),
    ...given('link', request.callbacks),
    ...given('link_error', request.errbacks),
    ...given('stamped_headers', request.stampedHeaders),
    ...given('ignore_result', request.ignoreResult),
    ...given('queue', options.queue),
    ...given('exchange', options.exchange),
    ...given('routing_key', options.routingKey)
  }
  return { task: request.task, args, kwargs, options: kept }
}

/** RabbitMQ's records of dead-lettering belong to one delivery. (wire-protocol 8.1) */
function withoutDeathRecords(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^x-(death|first-death|last-death)/.test(name)))
}
