import type { SignatureData } from '@umbel/protocol'
import { bodyOf, chainData, chordData, kindOf, membersOf, withBody } from './data.js'
import { isEmpty } from './merge.js'
import { spreadChain } from './spread.js'

/** `left | right` of Celery. (wire-protocol 7.3) */
export function pipe(left: SignatureData, right: SignatureData): SignatureData {
  const next = unroll(right)
  if (isEmpty(next)) return left
  const nextKind = kindOf(next)
  switch (kindOf(left)) {
    case 'group':
      return chordData(groupHeader(left), next)
    case 'chord':
      if (nextKind === 'group' || nextKind === 'chain') return chainData([left, ...unchain(next)])
      return withBody(left, pipe(bodyOf(left), next))
    case 'chain':
      return extend(unchain(left), [next])
    default:
      return chainData([left, ...unchain(next)])
  }
}

/** `chain(a, b, …)`: one after the other; a group followed by a step becomes a chord, chains are spliced. */
export function fold(signatures: readonly SignatureData[]): SignatureData {
  return extend([], signatures)
}

/** A chain's steps, with what was set on the chain; any other signature is its own only step. */
export function unchain(data: SignatureData): readonly SignatureData[] {
  return kindOf(data) === 'chain' ? spreadChain(data).flatMap(unchain) : [data]
}

/** A group of one is that one. */
export function unroll(data: SignatureData): SignatureData {
  if (kindOf(data) !== 'group') return data
  const [only, second] = membersOf(data)
  return only !== undefined && second === undefined ? unroll(only) : data
}

function extend(start: readonly SignatureData[], signatures: readonly SignatureData[]): SignatureData {
  const steps = [...start]
  for (const step of signatures.flatMap(unchain)) addStep(steps, unroll(step))
  const [only] = steps
  return steps.length === 1 && only !== undefined && kindOf(only) === 'group' ? only : chainData(steps)
}

function addStep(steps: SignatureData[], step: SignatureData): void {
  const last = steps.at(-1)
  const kind = last === undefined ? undefined : kindOf(last)
  if (isEmpty(step)) return
  if (kindOf(step) === 'chain') for (const inner of unchain(step)) addStep(steps, unroll(inner))
  else if (last !== undefined && kind === 'group') steps.splice(-1, 1, chordData(groupHeader(last), step))
  else if (last !== undefined && kind === 'chord' && kindOf(step) !== 'chord')
    steps.splice(-1, 1, withBody(last, pipe(bodyOf(last), step)))
  else steps.push(step)
}

/** A group with options of its own stays a group, so that they are not lost. */
function groupHeader(group: SignatureData): SignatureData | readonly SignatureData[] {
  return Object.keys(group.options).length === 0 ? membersOf(group) : group
}
