import type { SignatureData, SignatureOptions } from '@umbel/protocol'
import { bodyOf, kindOf, membersOf, omit, withBody, withMembers, withOptions } from './data.js'
import { mergeOptions } from './merge.js'

/** Where a signature stands: in which group, at which place, and which chord waits for it. */
export interface Place {
  readonly groupId?: string | undefined
  readonly groupIndex?: number | undefined
  readonly chord?: SignatureData | undefined
}

/**
 * Puts a frozen signature in its place. Only what ends it is marked: the last step of a chain, the body of a chord,
 * each member of a group. A `group_id` that is there stays. (wire-protocol 7.3)
 */
export function place(data: SignatureData, where: Place): SignatureData {
  return atEnd(data, options => {
    const index = where.groupIndex === undefined ? {} : { group_index: where.groupIndex }
    const chord = where.chord === undefined ? {} : { chord: where.chord }
    const group = where.groupId === undefined ? options : mergeOptions(options, { group_id: where.groupId })
    return { ...group, ...index, ...chord }
  })
}

/** Takes the chord off again: the chord around a header carries its body once, not once per member. */
export function withoutChord(data: SignatureData): SignatureData {
  return atEnd(data, options => omit(options, 'chord'))
}

/** What comes after a signature, in front of what it knows already: `chain` is reversed. (trap 15) */
export function followedBy(data: SignatureData, chain: readonly SignatureData[]): SignatureData {
  return chain.length === 0 ? data : withOptions(data, { chain: [...chain, ...(data.options.chain ?? [])] })
}

/** A composite's own place and what follows it, put on its frozen form. */
export function hold(frozen: SignatureData, options: SignatureOptions): SignatureData {
  const { group_id: groupId, group_index: groupIndex, chord, chain } = options
  return followedBy(place(frozen, { groupId, groupIndex, chord }), chain ?? [])
}

function atEnd(data: SignatureData, change: (options: SignatureOptions) => SignatureOptions): SignatureData {
  switch (kindOf(data)) {
    case 'chain': {
      const steps = membersOf(data)
      return withMembers(
        data,
        steps.map((step, index) => (index === steps.length - 1 ? atEnd(step, change) : step))
      )
    }
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
