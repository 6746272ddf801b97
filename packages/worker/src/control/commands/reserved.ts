import * as z from 'zod'
import { defineCommand } from '../command.js'
import { taskInfo } from '../task-info.js'

export const reserved = defineCommand({
  name: 'reserved',
  alias: 'dump_reserved',
  kind: 'inspect',
  help: 'List of currently reserved tasks, not including scheduled/active.',
  args: z.looseObject({}),
  run: ({ tasks, hostname }) => tasks.reserved().map(request => taskInfo(request, hostname))
})
