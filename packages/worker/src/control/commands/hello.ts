import { isMapping } from '@umbel/protocol'
import * as z from 'zod'
import { defineCommand } from '../command.js'

/**
 * A worker that starts says which tasks it knows to be revoked, and is told which we know. As ids alone: so does Celery
 * since 5.7, and older ones read it. (mingle)
 */
export const hello = defineCommand({
  name: 'hello',
  kind: 'inspect',
  help: 'Request mingle sync-data.',
  visible: false,
  args: z.looseObject({ from_node: z.string(), revoked: z.unknown().optional() }),
  run: ({ hostname, revocations, clock, logger }, { from_node: other, revoked }) => {
    if (other === hostname) return null
    logger.info(`sync with ${other}`)
    revocations.hear(idsOf(revoked))
    return { revoked: revocations.ids(), clock: clock.forward() }
  }
})

/** A list of ids, or as older workers send it a map from ids to when they were revoked. */
function idsOf(revoked: unknown): readonly string[] {
  const ids: readonly unknown[] = Array.isArray(revoked) ? revoked : isMapping(revoked) ? Object.keys(revoked) : []
  return ids.filter(id => typeof id === 'string')
}
