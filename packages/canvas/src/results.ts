import type { ResultTuple, SignatureData } from '@umbel/protocol'
import { bodyOf, kindOf, membersOf } from './data.js'

/** The result tree of a frozen signature: what ends it, with what was before it as parents. (wire-protocol 6.3) */
export function resultOf(data: SignatureData, parent: ResultTuple | null = null): ResultTuple {
  const id = data.options.task_id ?? ''
  switch (kindOf(data)) {
    case 'chain':
      return (
        membersOf(data).reduce<ResultTuple | null>((before, step) => resultOf(step, before), parent) ?? [[id, null], []]
      )
    case 'group':
      return [[id, parent], membersOf(data).map(member => resultOf(member))]
    case 'chord':
      return resultOf(bodyOf(data), [[id, parent], membersOf(data).map(member => resultOf(member))])
    default:
      return [[id, parent], null]
  }
}
