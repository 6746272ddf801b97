import { createResultMeta } from '@umbel/backend'
import { errbacks, type TaskSend } from '@umbel/canvas'
import { errorToData } from '@umbel/protocol'
import { type Effects, joinEffects } from './effects.js'
import type { Unsendable } from './follow-ups.js'
import { linksOf } from './links.js'
import { neverRan } from './never-ran.js'

/** A task that cannot be sent has failed, and so has what would follow it: somebody may be waiting. */
export function failUnsent(
  unsendable: readonly Unsendable[],
  { now, newId }: { now: number; newId: () => string }
): Effects {
  return joinEffects(unsendable.map(({ send, error }) => failOne(send, error, { now, newId })))
}

function failOne(send: TaskSend, error: Error, { now, newId }: { now: number; newId: () => string }): Effects {
  const { task_id: taskId, root_id: rootId = taskId, reply_to: replyTo, link_error: links } = send.options
  const meta = createResultMeta('FAILURE', { result: errorToData(error) }, { taskId, now, replyTo })
  const step = { ...send, subtask_type: null, immutable: false }
  const plan = errbacks(linksOf(links), taskId, { newId, rootId, parentId: taskId })
  return { plans: [plan], ...neverRan([step], meta) }
}
