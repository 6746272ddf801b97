import * as z from 'zod'
import { defineCommand } from '../command.js'
import { taskInfo } from '../task-info.js'

export const active = defineCommand({
  name: 'active',
  alias: 'dump_active',
  kind: 'inspect',
  help: 'List of tasks currently being executed.',
  args: z.looseObject({ safe: z.boolean().nullish() }),
  run: ({ tasks, hostname }, { safe }) =>
    tasks.active().map(request => taskInfo(request, hostname, { safe: safe ?? false }))
})
