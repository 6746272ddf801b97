import type { SignatureData } from '@umbel/protocol'
import { bodyOf, chainData, chordData, groupData, kindOf, membersOf, withBody, withOptions } from './data.js'
import { followedBy, joinGroups, place, withoutChord } from './place.js'
import { groupOfChunks, spreadChain, spreadChord, spreadGroup, unlockOptions } from './spread.js'

/**
 * The form that really runs, the same however often it is made: chains in chains spliced, groups in groups flattened,
 * a group of one in a chain unrolled, what is empty dropped, a group and what follows it joined to a chord, and
 * everything that was set on a composite set on its parts. undefined: nothing is left. (wire-protocol 7.3)
 */
export function normalize(data: SignatureData): SignatureData | undefined {
  if (isOpenChunks(data)) return normalize(groupOfChunks(data))
  switch (kindOf(data)) {
    case 'chain':
      return held(normalizeChain(data), data)
    case 'group':
      return held(normalizeGroup(data), data)
    case 'chord':
      return held(normalizeChord(data), data)
    default:
      return data
  }
}

/** Chunks that nobody has frozen as one task are the group they stand for. */
export function isOpenChunks(data: SignatureData): boolean {
  return kindOf(data) === 'chunks' && data.options.task_id === undefined
}

function normalizeChain(data: SignatureData): SignatureData | undefined {
  const all = normalizeAll(spreadChain(data)).flatMap(splice)
  const running = all.filter(step => !isEmptyGroup(step))
  const steps = joinGroups(running.length === 0 ? all.slice(0, 1) : running)
  const [first, second] = steps
  const { task_id: id } = data.options
  if (first !== undefined && second === undefined) return id === undefined ? first : nameEnd(first, id)
  return first && chainData(steps, id === undefined ? {} : { task_id: id })
}

function normalizeGroup(data: SignatureData): SignatureData {
  const members = normalizeAll(spreadGroup(data)).flatMap(member =>
    kindOf(member) === 'group' ? membersOf(member) : [member]
  )
  const { task_id: id } = data.options
  return groupData(members, id === undefined ? {} : { task_id: id })
}

function normalizeChord(data: SignatureData): SignatureData | undefined {
  const { header, body } = spreadChord(data)
  const group = withoutChord(normalizeGroup(header))
  const next = normalize(body)
  if (next === undefined || isEmptyGroup(next)) return group
  const id = data.options.task_id ?? header.options.task_id
  return chordData(group, next, { ...unlockOptions(data), ...(id === undefined ? {} : { task_id: id }) })
}

function normalizeAll(parts: readonly SignatureData[]): readonly SignatureData[] {
  return parts.map(normalize).filter(part => part !== undefined)
}

/** A step as the steps that a chain makes of it; a chord's chain body goes on as steps, so its header carries one. */
function splice(step: SignatureData): readonly SignatureData[] {
  switch (kindOf(step)) {
    case 'chain':
      return membersOf(step)
    case 'group': {
      const [only, second] = membersOf(step)
      return only !== undefined && second === undefined ? splice(only) : [step]
    }
    case 'chord': {
      const [first, ...rest] = splice(bodyOf(step))
      return first === undefined ? [step] : [withBody(step, first), ...rest]
    }
    default:
      return [step]
  }
}

/** What a composite was told about its place and what follows it. */
function held(normal: SignatureData | undefined, { options }: SignatureData): SignatureData | undefined {
  if (normal === undefined) return undefined
  const { group_id: groupId, group_index: groupIndex, chord, chain = [] } = options
  return followedBy(place(normal, { groupId, groupIndex, chord }), chain)
}

/** An id for what ends it, where it has none. */
function nameEnd(data: SignatureData, id: string): SignatureData {
  if (kindOf(data) === 'chord') return withBody(data, nameEnd(bodyOf(data), id))
  return data.options.task_id === undefined ? withOptions(data, { task_id: id }) : data
}

function isEmptyGroup(data: SignatureData): boolean {
  return kindOf(data) === 'group' && membersOf(data).length === 0
}
