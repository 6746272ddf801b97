import { formatTime } from '@umbel/protocol'
import * as z from 'zod'
import { defineCommand } from '../command.js'
import { taskInfo } from '../task-info.js'

/** What Celery's timer gives each. */
const PRIORITY = 6

/** Only those that wait in this worker: others wait at the broker, where none of its workers holds them. */
export const scheduled = defineCommand({
  name: 'scheduled',
  alias: 'dump_schedule',
  kind: 'inspect',
  help: 'List of currently scheduled ETA/countdown tasks.',
  args: z.looseObject({}),
  run: ({ tasks, hostname }) =>
    tasks.scheduled().map(({ request, due }) => ({
      eta: formatTime(due),
      priority: PRIORITY,
      request: taskInfo(request, hostname)
    }))
})
