import type { SignatureData } from '@umbel/protocol'
import { bodyOf, kindOf, membersOf } from './data.js'

/** The tasks of a frozen step that clients may wait for: itself, a chain's last, a chord's body, a group's members. */
export function endsOf(step: SignatureData): readonly SignatureData[] {
  switch (kindOf(step)) {
    case 'chord':
      return endsOf(bodyOf(step))
    case 'group':
      return membersOf(step).flatMap(endsOf)
    case 'chain':
      return membersOf(step).slice(-1).flatMap(endsOf)
    default:
      return step.options.task_id === undefined ? [] : [step]
  }
}

/** As `endsOf`, and those of what was to follow each: the rest of a chain travels with the body of its chord. */
export function endsInLine(step: SignatureData): readonly SignatureData[] {
  return endsOf(step).flatMap(end => [end, ...(end.options.chain ?? []).toReversed().flatMap(endsInLine)])
}
