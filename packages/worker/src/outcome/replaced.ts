import { compile, type FollowUpContext, type Plan } from '@umbel/canvas'
import type { Outcome } from '@umbel/pool'
import type { WorkerRequest } from '../consume/request.js'
import { readEmbed } from './embed.js'

/** The task that runs in another's place, under the same id: chain, chord, group and links are carried over. (wire-protocol 7.9) */
export function replacement(
  request: WorkerRequest,
  report: Extract<Outcome, { kind: 'replaced' }>,
  context: FollowUpContext
): Plan {
  const { headers } = request.parsed
  const { callbacks, errbacks, chain, chord } = readEmbed(report.embed)
  const options = {
    task_id: request.id,
    replaced_task_nesting: headers.replacedTaskNesting + 1,
    ...given('group_id', headers.group),
    ...given('group_index', headers.groupIndex),
    ...given('chord', chord),
    ...given('link', callbacks),
    ...given('link_error', errbacks)
  }
  return compile(report.by, context, {
    args: [],
    rootId: headers.rootId,
    parentId: request.id,
    options,
    ...(chain === null ? {} : { chain })
  })
}

function given<K extends string, V>(key: K, value: V | null): { readonly [key in K]?: V } {
  return value === null ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
