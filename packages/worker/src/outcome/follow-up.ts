import type { Dispatcher, FollowUpContext } from '@umbel/canvas'
import type { WorkerRequest } from '../consume/request.js'

export interface FollowUpOptions {
  readonly dispatcher: Dispatcher
  /** task_inherit_parent_priority */
  readonly inheritPriority: boolean
}

/** The family of what a request sets off: same root, itself as parent, answers to whoever asked first. */
export function followUpContext(
  { parsed, delivery }: WorkerRequest,
  { dispatcher, inheritPriority }: FollowUpOptions
): FollowUpContext {
  const priority = inheritPriority ? delivery.message.properties.priority : undefined
  return {
    newId: () => dispatcher.newId(),
    replyTo: parsed.replyTo === '' ? undefined : parsed.replyTo,
    rootId: parsed.headers.rootId,
    parentId: parsed.headers.id,
    priority
  }
}
