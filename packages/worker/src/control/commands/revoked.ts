import * as z from 'zod'
import { defineCommand } from '../command.js'

export const revoked = defineCommand({
  name: 'revoked',
  alias: 'dump_revoked',
  kind: 'inspect',
  help: 'List of revoked task-ids.',
  args: z.looseObject({}),
  run: ({ revocations }) => revocations.ids()
})
