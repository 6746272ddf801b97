import * as z from 'zod'
import { defineCommand } from '../command.js'
import { ok } from '../replies.js'

export const ping = defineCommand({
  name: 'ping',
  kind: 'inspect',
  help: 'Ping worker(s).',
  defaultTimeout: 0.2,
  args: z.looseObject({}),
  run: () => ok('pong')
})
