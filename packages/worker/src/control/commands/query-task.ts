import type { QueriedTask } from '@umbel/control'
import * as z from 'zod'
import type { WorkerRequest } from '../../consume/request.js'
import { defineCommand } from '../command.js'
import type { ControlState } from '../state.js'
import { taskInfo } from '../task-info.js'

export const queryTask = defineCommand({
  name: 'query_task',
  kind: 'inspect',
  help: 'Query for task information by id.',
  signature: '[id1 [id2 [... [idN]]]]',
  variadic: 'ids',
  args: z.looseObject({ ids: z.union([z.string(), z.array(z.string())]) }),
  run: (state, { ids }) => {
    const wanted = new Set(typeof ids === 'string' ? [ids] : ids)
    const found: Record<string, QueriedTask> = {}
    for (const [word, requests] of requestsOf(state))
      for (const request of requests)
        if (wanted.has(request.id)) found[request.id] ??= [word, taskInfo(request, state.hostname)]
    return found
  }
})

function requestsOf({ tasks }: ControlState): readonly (readonly [QueriedTask[0], readonly WorkerRequest[]])[] {
  return [
    ['active', tasks.active()],
    ['reserved', tasks.reserved()],
    ['scheduled', tasks.scheduled().map(({ request }) => request)]
  ]
}
