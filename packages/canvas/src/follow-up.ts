import type { SignatureData } from '@umbel/protocol'
import { compile, type IdSource } from './compile.js'
import { dataOf, groupData, kindOf, type SignatureLike } from './data.js'
import { EMPTY_PLAN, joinPlans, type Plan } from './plan.js'

/** The task that ended, for what it sets off. */
export interface FollowUpContext extends IdSource {
  /** Root of the work. */
  readonly rootId: string
  /** The task that ended. */
  readonly parentId: string
  /** Its priority, where `task_inherit_parent_priority` is set. */
  readonly priority?: number | undefined
}

/**
 * The next step of a chain, with the rest of it. `chain` is reversed, as messages carry it; `result` is handed on
 * unread and may be EncodedJson. (wire-protocol 7.4)
 */
export function nextInChain(chain: readonly SignatureLike[], result: unknown, context: FollowUpContext): Plan {
  const next = chain.at(-1)
  if (next === undefined) return EMPTY_PLAN
  return follow(dataOf(next), [result], { ...context, chain: chain.slice(0, -1).map(item => dataOf(item)) })
}

/** The links of a task that succeeded: one by itself; of several, groups one by one and the others as one group. */
export function callbacks(links: readonly SignatureLike[], result: unknown, context: FollowUpContext): Plan {
  const [only, second] = links
  if (only !== undefined && second === undefined) return follow(dataOf(only), [result], context)
  return together(
    links.map(item => dataOf(item)),
    [result],
    context
  )
}

/** The error links of a task that failed and that are sent as tasks: each gets the failed task's id. (7.7) */
export function errbacks(links: readonly SignatureLike[], failedId: string, context: FollowUpContext): Plan {
  return together(
    links.map(item => dataOf(item)),
    [failedId],
    context
  )
}

/** The body of a chord whose header is complete. `results` is handed on unread and may be EncodedJson. */
export function chordBody(body: SignatureLike, results: unknown, context: FollowUpContext): Plan {
  return follow(dataOf(body), [results], context)
}

function together(links: readonly SignatureData[], args: readonly unknown[], context: FollowUpContext): Plan {
  const groups = links.filter(link => kindOf(link) === 'group')
  const others = links.filter(link => kindOf(link) !== 'group')
  const plans = groups.map(group => follow(group, args, context))
  return joinPlans(others.length === 0 ? plans : [...plans, follow(groupData(others), args, context)])
}

function follow(
  data: SignatureData,
  args: readonly unknown[],
  context: FollowUpContext & { readonly chain?: readonly SignatureData[] }
): Plan {
  const { rootId, parentId, replyTo, priority, chain } = context
  const options = priority === undefined ? {} : { priority }
  return compile(data, context, { args, rootId, parentId, replyTo, chain, options })
}
