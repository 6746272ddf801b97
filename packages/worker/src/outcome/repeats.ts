import type { Plan } from '@umbel/canvas'

/** Its tasks may have been sent before: whoever runs them sees the mark. */
export function repeatedPlan(plan: Plan): Plan {
  if (plan.sends.length === 0) return plan
  return { ...plan, sends: plan.sends.map(send => ({ ...send, repeated: true })) }
}

/** Its tasks are sent once while the broker has them, whoever finishes the chord. */
export function namedPlan(plan: Plan, groupId: string): Plan {
  return { ...plan, sends: plan.sends.map(send => ({ ...send, sending: `${groupId}/${send.options.task_id}` })) }
}
