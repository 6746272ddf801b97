import type { TaskSend } from '@umbel/canvas'
import { currentExecution, outermostExecution } from '../execution/current.js'
import type { Settings } from '../settings/index.js'

/** Inside a task, what it sends is its child: same root, this task as parent, also from bodies that it calls directly. (wire-protocol 1.9) */
export function withFamily(send: TaskSend, settings: Settings): TaskSend {
  const request = outermostExecution()?.task.request
  if (request === undefined || request.calledDirectly) return send
  const { priority } = request.deliveryInfo
  const inherited = settings.taskInheritParentPriority && priority !== null ? { priority } : undefined
  return { ...send, options: { root_id: request.rootId, parent_id: request.id, ...inherited, ...send.options } }
}

/** The task that sends remembers what it sent, unless it does not want to. (trail, add_to_parent) */
export function remember({ options }: TaskSend): void {
  if (options['add_to_parent'] === false) return
  currentExecution()?.children.push([[options.task_id, null], null])
}
