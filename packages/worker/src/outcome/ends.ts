import type { SignatureData } from '@umbel/protocol'

/** The tasks of a step that clients may wait for: itself, a chain's last, a chord's body, a group's members. */
export function endsOf(step: SignatureData): readonly SignatureData[] {
  const { kwargs } = step
  switch (step.subtask_type) {
    case 'chord':
      return endsOf(kwargs['body'] as SignatureData)
    case 'group':
      return (kwargs['tasks'] as readonly SignatureData[]).flatMap(endsOf)
    case 'chain':
      return (kwargs['tasks'] as readonly SignatureData[]).slice(-1).flatMap(endsOf)
    default:
      return step.options.task_id === undefined ? [] : [step]
  }
}
