import { pythonRepr } from '@umbel/protocol'
import * as z from 'zod'
import { listOf, RevokedStamps } from '../../consume/revoked-stamps.js'
import { defineCommand } from '../command.js'
import { ok } from '../replies.js'
import { signalName } from '../signals.js'

type Stamps = Readonly<Record<string, unknown>>

/** Tasks that bear one of these stamps will not run; kept in memory alone, as in Celery. */
export const revokeByStampedHeaders = defineCommand({
  name: 'revoke_by_stamped_headers',
  kind: 'control',
  help: 'Revoke task by header (or list of headers).',
  signature: '[key1=value1 [key2=value2 [... [keyN=valueN]]]]',
  variadic: 'headers',
  args: z.looseObject({
    headers: z.union([z.record(z.string(), z.unknown()), z.array(z.string().regex(/=/))]),
    terminate: z.boolean().nullish(),
    signal: z.union([z.string(), z.number()]).nullish()
  }),
  run: ({ tasks, revocations, logger }, { headers: given, terminate, signal }) => {
    const headers = stampsOf(given)
    const name = signalName(signal ?? 'SIGTERM')
    const wanted = new RevokedStamps()
    for (const [header, values] of Object.entries(headers)) {
      wanted.add(header, listOf(values))
      revocations.addStamps(header, listOf(values))
    }
    const text = pythonRepr(headers)
    if (terminate !== true) return ok(`headers ${text} flagged as revoked, but not terminated`)
    const running = tasks.active().filter(({ parsed }) => wanted.cover(parsed.headers))
    for (const { id } of running) logger.info(`Terminating ${id} (${name})`)
    tasks.terminate(new Set(running.map(({ id }) => id)))
    return ok(running.length === 0 ? `headers ${text} were not terminated` : `headers ${text} revoked`)
  }
})

/** Words of a command line are `header=value`. */
function stampsOf(given: Stamps | readonly string[]): Stamps {
  if (!Array.isArray(given)) return given as Stamps
  return Object.fromEntries((given as readonly string[]).map(word => word.split('=', 2)))
}
