import type { SignatureData } from '@umbel/protocol'
import { bodyOf, chainData, chordData, groupData, kindOf, withBody, withOptions } from './data.js'
import { isEmpty } from './merge.js'
import { groupOfChunks, heldOptions, spreadChain, spreadChord, spreadGroup } from './spread.js'

/**
 * The steps that a chain really runs: chains in it spliced, groups of one unrolled, empty ones skipped, a group and
 * what follows it joined to a chord. Only a chain of nothing but empty groups keeps one. (wire-protocol 7.3)
 */
export function stepsOf(chain: SignatureData): readonly SignatureData[] {
  const flat = spreadChain(chain).flatMap(flatten)
  const steps = flat.filter(step => !isEmpty(step))
  return joinGroups(steps.length === 0 ? flat.slice(0, 1) : steps)
}

/** A group's members, groups in it flattened, empty ones dropped. */
export function flatMembers(group: SignatureData): readonly SignatureData[] {
  return spreadGroup(group).flatMap(member => {
    const steps = joinGroups(flatten(member).filter(step => !isEmpty(step)))
    const [only, second] = steps
    if (only === undefined) return []
    if (second === undefined && kindOf(only) === 'group') return flatMembers(only)
    if (kindOf(member) === 'chain') return [chainData(steps, heldOptions(member))]
    if (second === undefined) return [only]
    return [kindOf(member) === 'chord' ? member : chainData(steps)]
  })
}

/** Is it chunks that nobody has frozen as one task? */
export function isOpenChunks(data: SignatureData): boolean {
  return kindOf(data) === 'chunks' && data.options.task_id === undefined
}

function flatten(step: SignatureData): readonly SignatureData[] {
  if (isOpenChunks(step)) return flatten(groupOfChunks(step))
  switch (kindOf(step)) {
    case 'chain':
      return spreadChain(step).flatMap(flatten)
    case 'group': {
      const members = flatMembers(step)
      const [only, second] = members
      return only !== undefined && second === undefined ? flatten(only) : [groupData(members, heldOptions(step))]
    }
    case 'chord':
      return flattenChord(step)
    default:
      return [step]
  }
}

/** A chain that is a chord's body runs as the steps after the chord: so each header task carries one step of it. */
function flattenChord(chord: SignatureData): readonly SignatureData[] {
  const { header, body } = spreadChord(chord)
  const [first, ...rest] = joinGroups(flatten(body).filter(step => !isEmpty(step)))
  if (first === undefined) return flatten(header)
  return [chordData(header, first, heldOptions(chord)), ...rest]
}

/** From the end: what follows a group is the body of a chord; what follows a chord's group body, that group's. */
function joinGroups(steps: readonly SignatureData[]): readonly SignatureData[] {
  const joined: SignatureData[] = []
  for (const step of steps.toReversed()) {
    const next = joined.at(-1)
    if (next !== undefined && kindOf(step) === 'group') joined.splice(-1, 1, join(step, next))
    else if (next !== undefined && kindOf(step) === 'chord' && kindOf(bodyOf(step)) === 'group')
      joined.splice(-1, 1, withBody(step, join(bodyOf(step), next)))
    else joined.push(step)
  }
  return joined.toReversed()
}

function join(group: SignatureData, next: SignatureData): SignatureData {
  const { task_id: id, ...held } = heldOptions(group)
  return withOptions(chordData(group, next, held), id === undefined ? {} : { task_id: id })
}
