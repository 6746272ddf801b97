import { isDeepStrictEqual } from 'node:util'
import type { SignatureData } from '@umbel/protocol'
import { bodyOf, kindOf, listOf, membersOf, withBody, withMembers, withOptions } from './data.js'

/**
 * A callback for the end of the work: a chain keeps it for its last step, a chord gives it to its body. A group has
 * no end that a message could tell, so its first member calls it, without a result. (celery.canvas.group.link)
 */
export function link(data: SignatureData, callback: SignatureData): SignatureData {
  switch (kindOf(data)) {
    case 'group': {
      const [first, ...others] = membersOf(data)
      return first === undefined ? data : withMembers(data, [link(first, { ...callback, immutable: true }), ...others])
    }
    case 'chord':
      return withBody(data, link(bodyOf(data), callback))
    default:
      return append(data, 'link', callback)
  }
}

/** A callback for failure: of any step of a chain, any member of a group, of a chord's body; of its header if `header`. */
export function linkError(data: SignatureData, errback: SignatureData, header = false): SignatureData {
  switch (kindOf(data)) {
    case 'group':
      return withMembers(
        data,
        membersOf(data).map(member => linkError(member, errback, header))
      )
    case 'chord':
      return withBody(linkHeader(data, errback, header), linkError(bodyOf(data), errback, header))
    default:
      return append(data, 'link_error', errback)
  }
}

/** A chord inside the header decides for itself, whether or not the rest of the header is linked. */
function linkHeader(data: SignatureData, errback: SignatureData, header: boolean): SignatureData {
  const linked = membersOf(data).map(member => {
    if (kindOf(member) === 'chord') return linkError(member, errback, header)
    return header ? linkError(member, { ...errback, immutable: true }, header) : member
  })
  return withMembers(data, linked)
}

/** The rest of a chain, reversed as messages carry it, as its next step with each later one as a link. (protocol 1) */
export function chainAsLink(chain: readonly SignatureData[]): SignatureData | undefined {
  return chain.reduce<SignatureData | undefined>(
    (later, step) => (later === undefined ? step : link(step, later)),
    undefined
  )
}

function append(data: SignatureData, key: 'link' | 'link_error', callback: SignatureData): SignatureData {
  const links = listOf(data.options[key] as SignatureData | readonly SignatureData[] | undefined)
  if (links.some(known => isDeepStrictEqual(known, callback))) return data
  return withOptions(data, { [key]: [...links, callback] })
}
