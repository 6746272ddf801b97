import type { SignatureData, SignatureOptions } from '@umbel/protocol'
import { bodyOf, chainData, chordData, kindOf, membersOf, omit, withBody, withMembers, withOptions } from './data.js'

/** Where a signature stands: in which group, at which place, and which chord waits for it. */
export interface Place {
  readonly groupId?: string | undefined
  readonly groupIndex?: number | undefined
  readonly chord?: SignatureData | undefined
}

/**
 * Puts a normal signature in its place. Only what ends it is marked: the last step of a chain, the body of a chord,
 * each member of a group. A `group_id` that is there stays, and its index with it (wire-protocol 7.3), but not in the header
 * of a chord: its parts are counted under the id of their group, and Celery leaves one of a chord that is over in a group
 * that was its body.
 */
export function place(data: SignatureData, { groupId, groupIndex, chord }: Place): SignatureData {
  return atEnd(data, options => {
    const isTaken = (chord ?? undefined) === undefined && options.group_id != null && options.group_id !== groupId
    return {
      ...options,
      ...(isTaken || groupId === undefined ? {} : { group_id: groupId }),
      ...(isTaken || groupIndex === undefined ? {} : { group_index: groupIndex }),
      ...(chord === undefined ? {} : { chord })
    }
  })
}

/** Takes the chord off again: the chord around a header carries its body once, not once per member. */
export function withoutChord(data: SignatureData): SignatureData {
  return atEnd(data, options => omit(options, 'chord'))
}

/**
 * A normal signature with more steps after it, reversed as messages carry them. They go with the task that ends it; a
 * group becomes the header of a chord. (trap 15)
 */
export function followedBy(data: SignatureData, chain: readonly SignatureData[]): SignatureData {
  const next = chain.at(-1)
  if (next === undefined) return data
  switch (kindOf(data)) {
    case 'chain':
      return chainData(joinGroups([...membersOf(data), ...chain.toReversed()]), omit(data.options, 'task_id'))
    case 'group':
      return followedBy(join(data, next), chain.slice(0, -1))
    case 'chord':
      return withBody(data, followedBy(bodyOf(data), chain))
    default:
      return withOptions(data, { chain: [...chain, ...(data.options.chain ?? [])] })
  }
}

/** From the end: what follows a group is the body of a chord; what follows a chord that ends in a group, that group's. */
export function joinGroups(steps: readonly SignatureData[]): readonly SignatureData[] {
  const joined: SignatureData[] = []
  for (const step of steps.toReversed()) {
    const next = joined.at(-1)
    if (next !== undefined && endsInGroup(step)) joined.splice(-1, 1, followedByBody(step, next))
    else joined.push(step)
  }
  return joined.toReversed()
}

function endsInGroup(data: SignatureData): boolean {
  return kindOf(data) === 'group' || (kindOf(data) === 'chord' && endsInGroup(bodyOf(data)))
}

function followedByBody(data: SignatureData, next: SignatureData): SignatureData {
  return kindOf(data) === 'group' ? join(data, next) : withBody(data, followedByBody(bodyOf(data), next))
}

/** The group's id becomes the chord's. */
function join(group: SignatureData, next: SignatureData): SignatureData {
  const { task_id: id } = group.options
  return chordData(withoutChord(group), next, id === undefined ? {} : { task_id: id })
}

function atEnd(data: SignatureData, change: (options: SignatureOptions) => SignatureOptions): SignatureData {
  switch (kindOf(data)) {
    case 'chain':
      return withMembers(
        data,
        membersOf(data).map((step, index, steps) => (index === steps.length - 1 ? atEnd(step, change) : step))
      )
    case 'group':
      return withMembers(
        data,
        membersOf(data).map(member => atEnd(member, change))
      )
    case 'chord':
      return withBody(data, atEnd(bodyOf(data), change))
    default:
      return { ...data, options: change(data.options) }
  }
}
