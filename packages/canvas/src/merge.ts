import type { Args, Kwargs, SignatureData, SignatureOptions } from '@umbel/protocol'
import { kindOf, membersOf, withMembers } from './data.js'

/**
 * Options given later win, except over `group_id`, `stamped_headers` and stamps that are set already:
 * to change those would stall a group or lose a stamp. (trap 19)
 */
export function mergeOptions(stored: SignatureOptions, given: SignatureOptions): SignatureOptions {
  const kept = new Set(['group_id', 'stamped_headers', ...(stored.stamped_headers ?? [])])
  const changes = Object.entries(given).filter(
    ([key, value]) => value != null && !(kept.has(key) && stored[key] != null)
  )
  return changes.length === 0 ? stored : { ...stored, ...Object.fromEntries(changes) }
}

export function override(data: SignatureData, options: SignatureOptions): SignatureData {
  return { ...data, options: mergeOptions(data.options, options) }
}

/**
 * Arguments in front of the signature's own, keywords over them; an immutable signature stays as it is.
 * A chain takes them with its first step, a group with each member, a chord with its header. (trap 18)
 */
export function prepend(data: SignatureData, args: Args, given?: Kwargs | null): SignatureData {
  const kwargs = given ?? {}
  if (data.immutable || (args.length === 0 && Object.keys(kwargs).length === 0)) return data
  switch (kindOf(data)) {
    case 'chain':
      return withMembers(data, prependToFirst(membersOf(data), args, kwargs))
    case 'group':
    case 'chord':
      return withMembers(
        data,
        membersOf(data).map(member => prepend(member, args, kwargs))
      )
    default:
      return { ...data, args: [...args, ...data.args], kwargs: { ...data.kwargs, ...kwargs } }
  }
}

/** The first step that is a task at all: empty groups and chains in front are skipped. */
function prependToFirst(steps: readonly SignatureData[], args: Args, kwargs: Kwargs): readonly SignatureData[] {
  const first = steps.findIndex(step => !isEmpty(step))
  return steps.map((step, index) => (index === first ? prepend(step, args, kwargs) : step))
}

/** Does nothing when applied: a chain or group without members. */
export function isEmpty(data: SignatureData): boolean {
  const kind = kindOf(data)
  return (kind === 'chain' || kind === 'group') && membersOf(data).every(isEmpty)
}
