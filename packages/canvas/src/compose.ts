import type { SignatureData } from '@umbel/protocol'
import { bodyOf, chainData, chordData, kindOf, listOf, membersOf, withBody } from './data.js'
import { link, linkError } from './links.js'
import { isEmpty } from './merge.js'

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
      return fold([left, next])
    default:
      return chainData([left, ...unchain(next)])
  }
}

/** `chain(a, b, …)`: one after the other; a group followed by a step becomes a chord, chains are spliced. */
export function fold(signatures: readonly SignatureData[]): SignatureData {
  const steps: SignatureData[] = []
  for (const step of signatures.flatMap(unchain)) addStep(steps, unroll(step))
  const [only] = steps
  return steps.length === 1 && only !== undefined && kindOf(only) === 'group' ? only : chainData(steps)
}

/** A chain's steps, with the chain's links on them; any other signature is its own only step. */
export function unchain(data: SignatureData): readonly SignatureData[] {
  if (kindOf(data) !== 'chain') return [data]
  const errbacks = listOf(data.options.link_error)
  const steps = membersOf(data).map(step => errbacks.reduce((linked, errback) => linkError(linked, errback), step))
  const last = steps.pop()
  if (last === undefined) return []
  return [...steps, listOf(data.options.link).reduce(link, last)].flatMap(unchain)
}

/** A group of one is that one. */
export function unroll(data: SignatureData): SignatureData {
  if (kindOf(data) !== 'group') return data
  const [only, second] = membersOf(data)
  return only !== undefined && second === undefined ? unroll(only) : data
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
