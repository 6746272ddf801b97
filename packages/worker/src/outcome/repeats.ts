import type { Plan, TaskSend } from '@umbel/canvas'
import type { HeldDelivery } from '../consume/held.js'
import { WorkerRequest } from '../consume/request.js'

/** What follows from a delivery: named after its task, and marked where an earlier delivery may have sent it already. */
export function followingPlan(plan: Plan, held: HeldDelivery): Plan {
  if (plan.sends.length === 0 || !(held instanceof WorkerRequest)) return plan
  const named = namedPlan(plan, held.id)
  return held.delivery.redelivered ? repeatedPlan(named) : named
}

/** Its tasks may have been sent before: whoever runs them sees the mark. */
export function repeatedPlan(plan: Plan): Plan {
  return withSends(plan, send => ({ ...send, repeated: true }))
}

/** Where the broker keeps names, its tasks are there once, however often `sender` sends them. */
export function namedPlan(plan: Plan, sender: string): Plan {
  return withSends(plan, send => {
    const { task_id: id } = send.options
    // A task that replaces itself has the same id each time, and its last message is still there.
    return id === sender ? send : { ...send, sending: `${sender}/${id}` }
  })
}

function withSends(plan: Plan, change: (send: TaskSend) => TaskSend): Plan {
  return { ...plan, sends: plan.sends.map(change) }
}
