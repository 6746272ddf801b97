import {
  chord,
  compile,
  type FollowUpContext,
  fromJSON,
  kindOf,
  type Plan,
  type Signature,
  type Stamps
} from '@umbel/canvas'
import type { Outcome } from '@umbel/pool'
import type { SignatureData, TaskHeaders } from '@umbel/protocol'
import type { WorkerRequest } from '../consume/request.js'
import { readEmbed } from './embed.js'

/** The task that runs in another's place, under the same id: chain, chord, group and links are carried over. (wire-protocol 7.9) */
export function replacement(
  { id, parsed: { headers } }: WorkerRequest,
  report: Extract<Outcome, { kind: 'replaced' }>,
  context: FollowUpContext
): Plan {
  const { callbacks, errbacks, chain, chord: body } = readEmbed(report.embed)
  const by = withLinks(withOneResult(withStamps(fromJSON(report.by), headers)), callbacks ?? [], errbacks ?? [])
  return compile(by.toJSON(), context, {
    taskId: id,
    rootId: headers.rootId,
    parentId: id,
    options: { replaced_task_nesting: headers.replacedTaskNesting + 1 },
    groupId: headers.group ?? undefined,
    groupIndex: headers.groupIndex ?? undefined,
    chord: body ?? undefined,
    chain: chain ?? undefined
  })
}

/** Its stamps, beside those that the replacement has of its own. */
function withStamps(by: Signature, { stampedHeaders, stamps }: TaskHeaders): Signature {
  if (stampedHeaders === null || stampedHeaders.length === 0) return by
  const missing = ({ options }: Signature): Stamps => {
    const names = stampedHeaders.filter(name => options.stamped_headers?.includes(name) !== true)
    return Object.fromEntries(names.map(name => [name, stamps[name]]))
  }
  return by.stamp({ onSignature: missing })
}

/** A group answers many results; the task that it replaces has one id, under which their list is stored. */
function withOneResult(by: Signature): Signature {
  if (kindOf(by.toJSON()) !== 'group') return by
  const list = {
    task: 'celery.accumulate',
    args: [],
    kwargs: { index: 0 },
    options: {},
    subtask_type: null,
    immutable: false
  }
  return chord(by as never, fromJSON(list) as never) as Signature
}

function withLinks(by: Signature, callbacks: readonly SignatureData[], errbacks: readonly SignatureData[]): Signature {
  const linked = callbacks.reduce((signature, callback) => signature.link(fromJSON(callback) as never), by)
  return errbacks.reduce((signature, errback) => signature.linkError(fromJSON(errback)), linked)
}
