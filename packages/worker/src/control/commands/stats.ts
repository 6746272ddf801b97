import * as z from 'zod'
import { defineCommand } from '../command.js'

export const stats = defineCommand({
  name: 'stats',
  kind: 'inspect',
  help: 'Request worker statistics/information.',
  args: z.looseObject({}),
  run: state => state.stats()
})
